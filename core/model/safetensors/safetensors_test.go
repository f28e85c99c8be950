package safetensors_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"assay/core/model/demo"
	"assay/core/model/safetensors"
)

// file puts a header in front of n bytes of data that count up.
func file(header string, n int) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	out = append(out, header...)
	for i := range n {
		out = append(out, byte(i))
	}
	return out
}

func folder(files map[string][]byte) fs.FS {
	m := fstest.MapFS{}
	for name, data := range files {
		m[name] = &fstest.MapFile{Data: data}
	}
	return m
}

const (
	twoTensors = `{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},"a":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]}}   `
	oneTensor  = `{"a":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]}}`
)

func TestOpenListsTensorsByNameAndReadsTheirBytes(t *testing.T) {
	s, err := safetensors.Open(folder(map[string][]byte{safetensors.SingleFile: file(twoTensors, 12)}))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var got []string
	for _, x := range s.Tensors() {
		got = append(got, fmt.Sprint(x.Name, " ", x.DType, " ", x.Shape, " ", x.Bytes, " ", x.File))
	}
	if want := "a F16 [1 2] 4 model.safetensors|b F32 [2] 8 model.safetensors"; strings.Join(got, "|") != want {
		t.Errorf("tensors %q, expected %q", strings.Join(got, "|"), want)
	}
	p := make([]byte, 3)
	if err := s.ReadAt("b", p, 5); err != nil || !bytes.Equal(p, []byte{9, 10, 11}) {
		t.Errorf("read %v, %v", p, err)
	}
	for _, off := range []int64{-1, 6, 1 << 62} {
		if err := s.ReadAt("b", p, off); err == nil {
			t.Errorf("a read at %d was allowed", off)
		}
	}
	if err := s.ReadAt("c", p, 0); err == nil {
		t.Error("a read of no tensor was allowed")
	}
	if _, ok := s.Lookup("c"); ok {
		t.Error("found a tensor that is not there")
	}
}

func TestOpenRefusesDamagedFiles(t *testing.T) {
	long := make([]byte, 8)
	binary.LittleEndian.PutUint64(long, 1<<40)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":             {nil, "0 bytes, too short"},
		"seven bytes":       {make([]byte, 7), "7 bytes, too short"},
		"header too long":   {long, "header length 1099511627776 exceeds the limit of 100000000"},
		"header cut off":    {file(twoTensors, 12)[:40], "header length 144 exceeds the 32 bytes that follow it: the file is truncated"},
		"data cut off":      {file(twoTensors, 11), `tensor "b" ends at byte 12 of the data, but the file has only 11: the file is truncated`},
		"trailing bytes":    {file(twoTensors, 14), "2 bytes follow the last tensor, expected none"},
		"no header":         {file("", 0), "header is not valid JSON: it ends too early"},
		"not JSON":          {file(`{"a":`, 0), `tensor "a": it ends too early`},
		"not an object":     {file(`[1]`, 0), "header is not a JSON object"},
		"two values":        {file(`{}{}`, 0), "more than one JSON value"},
		"metadata":          {file(`{"__metadata__":{"a":1}}`, 0), "__metadata__ must map text to text"},
		"tensor is a list":  {file(`{"a":[]}`, 0), `tensor "a": json: cannot unmarshal array`},
		"fields missing":    {file(`{"a":{"dtype":"F32","shape":[1]}}`, 4), `tensor "a" lacks dtype, shape or data_offsets`},
		"unknown dtype":     {file(`{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}`, 4), `tensor "a": unknown dtype "F33"`},
		"one offset":        {file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4]}}`, 4), "data_offsets has 1 numbers"},
		"backward range":    {file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, 4), "data_offsets [4, 0] is not a range"},
		"negative range":    {file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}`, 4), "data_offsets [-4, 0] is not a range"},
		"size differs":      {file(`{"a":{"dtype":"F32","shape":[3,2],"data_offsets":[0,4]}}`, 4), "data_offsets [0, 4] hold 4 bytes, expected 24 for F32 [3 2]"},
		"negative shape":    {file(`{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}`, 4), "negative dimension"},
		"overflow":          {file(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, 0), "overflows"},
		"huge then zero":    {file(`{"a":{"dtype":"F32","shape":[9223372036854775807,0],"data_offsets":[0,0]}}`, 0), "overflows"},
		"number too large":  {file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551616]}}`, 0), `tensor "a"`},
		"too many dims":     {file(`{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}`, 1), "9 dimensions"},
		"gap":               {file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}`, 4), `tensor "b" starts at byte 3, expected 2: the data has a gap`},
		"overlap":           {file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2), `tensor "b" starts at byte 1, expected 2: it overlaps`},
		"listed twice":      {file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2), `tensor "a" is listed twice`},
		"fractional number": {file(`{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}`, 1), `tensor "a"`},
	} {
		s, err := safetensors.Open(folder(map[string][]byte{safetensors.SingleFile: c.data}))
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.HasPrefix(err.Error(), "model.safetensors: ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, expected %q", name, err, c.want)
		}
	}
}

func TestShardsAndIndexMustAgree(t *testing.T) {
	one := `{"a":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]}}`
	two := `{"b":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}`
	const good = `{"metadata":{"total_size":7},"weight_map":{"a":"s1.safetensors","b":"s2.safetensors"}}`
	open := func(index string) (*safetensors.Set, error) {
		return safetensors.Open(folder(map[string][]byte{
			safetensors.IndexFile: []byte(index), "s1.safetensors": file(one, 4), "s2.safetensors": file(two, 3),
		}))
	}
	s, err := open(good)
	if err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 2)
	if err := s.ReadAt("b", p, 1); err != nil || !bytes.Equal(p, []byte{1, 2}) {
		t.Errorf("read %v, %v", p, err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	for name, c := range map[string]struct{ index, want string }{
		"not JSON":        {"{", "not valid JSON"},
		"no map":          {`{}`, "weight_map is missing or empty"},
		"missing shard":   {strings.Replace(good, "s2", "s3", 1), "s3.safetensors: file does not exist"},
		"missing tensor":  {strings.Replace(good, `"b":`, `"c":"s2.safetensors","b":`, 1), `tensor "c" is missing from s2.safetensors`},
		"tensor unlisted": {strings.Replace(good, `,"b":"s2.safetensors"`, `,"c":"s2.safetensors"`, 1), `tensor "b" is in s2.safetensors but not in the weight_map`},
		"wrong shard":     {strings.Replace(good, `"a":"s1`, `"a":"s2`, 1), `tensor "a" is missing from s2.safetensors`},
		"other folder":    {strings.Replace(good, "s2.safetensors", "../s2.safetensors", 1), `"../s2.safetensors" is not the name of a file in the same folder`},
		"absolute path":   {strings.Replace(good, "s2.safetensors", "/etc/passwd", 1), "is not the name of a file in the same folder"},
	} {
		_, err := open(c.index)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, expected %q", name, err, c.want)
		}
	}
}

func TestMissingWeightsAreReportedAsSuch(t *testing.T) {
	_, err := safetensors.Open(folder(map[string][]byte{"pytorch_model.bin": nil}))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, expected it to wrap fs.ErrNotExist", err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, safetensors.SingleFile), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := safetensors.Open(os.DirFS(dir)); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory in its place: %v", err)
	}
}

func TestDemoModelIsWhole(t *testing.T) {
	s, err := safetensors.Open(demo.FS())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	params := int64(0)
	for _, x := range s.Tensors() {
		params += x.Bytes / int64(x.DType.Size())
	}
	if params != 6_951_168 {
		t.Errorf("%d parameters, expected 6951168", params)
	}
}

// FuzzOpen feeds whole files: what is accepted must be readable to the last byte and leave nothing over.
func FuzzOpen(f *testing.F) {
	f.Add(file(twoTensors, 12))
	f.Add(file(oneTensor, 4))
	f.Add(file(`{"e":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]},"s":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}`, 1))
	f.Add(file(twoTensors, 3))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := safetensors.Open(folder(map[string][]byte{safetensors.SingleFile: data}))
		if err != nil {
			return
		}
		defer s.Close()
		total := 8 + binary.LittleEndian.Uint64(data)
		for _, x := range s.Tensors() {
			p := make([]byte, x.Bytes)
			if err := s.ReadAt(x.Name, p, 0); err != nil {
				t.Fatal(err)
			}
			n := x.DType.Size()
			for _, d := range x.Shape {
				n *= d
			}
			if int64(n) != x.Bytes {
				t.Fatalf("%v of %s has %d bytes", x.Shape, x.DType, x.Bytes)
			}
			total += uint64(x.Bytes)
		}
		if total != uint64(len(data)) {
			t.Fatalf("header and tensors fill %d of %d bytes", total, len(data))
		}
	})
}

// FuzzIndex feeds index files over one good shard.
func FuzzIndex(f *testing.F) {
	f.Add(`{"weight_map":{"a":"s.safetensors"}}`)
	f.Add(`{"weight_map":{"a":"../s.safetensors"}}`)
	f.Fuzz(func(t *testing.T, index string) {
		s, err := safetensors.Open(folder(map[string][]byte{safetensors.IndexFile: []byte(index), "s.safetensors": file(oneTensor, 4)}))
		if err != nil {
			return
		}
		defer s.Close()
		if len(s.Tensors()) != 1 || s.Tensors()[0].Name != "a" {
			t.Fatalf("tensors %v", s.Tensors())
		}
	})
}
