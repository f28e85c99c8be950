package cli

import (
	"os"

	"assay/core/config"
)

// settings are the files of the person, read and written on behalf of commands and
// screens.
type settings struct{ paths config.Paths }

// openSettings finds the files. The error says that no place for them is known.
func openSettings() (settings, error) {
	paths, err := config.Locate(config.Host())
	return settings{paths}, err
}

// Load reads all sources, with the project that the working directory lies in.
func (s settings) Load() config.Current {
	dir, err := os.Getwd()
	if err != nil {
		dir = "" // a folder that was deleted lies in no project
	}
	return config.Load(s.paths, config.Host(), dir)
}

// Set and the others change the files of the person.
func (s settings) Set(key, text string) error              { return s.paths.Set(key, text) }
func (s settings) Unset(key string) error                  { return s.paths.Unset(key) }
func (s settings) Bind(action string, keys []string) error { return s.paths.Bind(action, keys) }
func (s settings) Unbind(action string) error              { return s.paths.Unbind(action) }

// current returns the settings for a command, which does not work with wrong ones.
func current() (config.Current, error) {
	s, err := openSettings()
	if err != nil {
		return config.Current{}, err
	}
	c := s.Load()
	return c, c.Err()
}
