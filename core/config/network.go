package config

import (
	"errors"
	"syscall"
)

// networkFS names the file systems whose locks cannot be relied on, by the
// magic number of statfs(2).
func networkFS(magic int64) string {
	switch uint32(magic) {
	case 0x6969:
		return "NFS"
	case 0x517B, 0xFF534D42, 0xFE534D42:
		return "SMB"
	case 0x0BD00BD0:
		return "Lustre"
	case 0x47504653:
		return "GPFS"
	case 0x65735546:
		return "FUSE"
	case 0x5346414F:
		return "AFS"
	case 0x00C36400:
		return "Ceph"
	case 0x19830326:
		return "BeeGFS"
	}
	return ""
}

func networkName(path string) (string, error) {
	var st syscall.Statfs_t
	for {
		err := syscall.Statfs(existing(path), &st)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return "", err
		}
		return networkFS(st.Type), nil
	}
}
