package app

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"assay/core/config"
	"assay/core/run"
	"assay/tui/ui"
)

// exported says what became of an export.
type exported struct {
	written Written
	more    string // a sentence for the person; may be empty
	err     error
}

// shownRuns is the run on the screen in front, if it shows one.
func (m *Model) shownRuns() []run.ID {
	if s, ok := m.screen().(ui.RunScreen); ok && s.Shown().ID != "" {
		return []run.ID{s.Shown().ID}
	}
	return nil
}

// exportMenu asks how to write runs, the screen as it is, or a support bundle. The
// screen is taken as it stands before the menu covers it.
func (m *Model) exportMenu(ids []run.ID) tea.Cmd {
	to := m.deps.Exporter
	if to == nil {
		return m.notify(run.Warn, "this screen writes no files", nil)
	}
	mn := &menu{title: "Export to " + ui.Plain(to.Dir())}
	if len(ids) > 0 {
		for _, f := range to.Formats(len(ids)) {
			mn.choices = append(mn.choices, choice{f.Title, f.Help, func() tea.Cmd {
				ctx := m.ctx
				return func() tea.Msg {
					done, err := to.Runs(ctx, ids, f.Name)
					return exported{written: done, err: err}
				}
			}})
		}
	}
	lines := m.under()
	stamp := m.screen().ID() + m.ui.Now().Format("-20060102-150405")
	for _, s := range shots() {
		data := s.make(lines, m.ui)
		mn.choices = append(mn.choices, choice{"this screen as " + s.title, fmt.Sprintf("%s.%s, %s: %s", stamp, s.ext, config.Bytes(len(data)), s.help), func() tea.Cmd {
			return func() tea.Msg {
				done, err := to.Save(stamp+"."+s.ext, data)
				return exported{written: done, err: err}
			}
		}})
	}
	mn.choices = append(mn.choices, choice{"support bundle", "log, doctor and settings for somebody who looks into a fault; no data, no secrets", m.bundle})
	m.push(mn)
	return nil
}

// bundle writes a support bundle.
func (m *Model) bundle() tea.Cmd {
	to := m.deps.Exporter
	if to == nil {
		return m.notify(run.Warn, "this screen writes no files; assay doctor --bundle FILE does", nil)
	}
	ctx := m.ctx
	return tea.Batch(m.notify(run.Info, "the doctor looks at this machine for the support bundle", nil), func() tea.Msg {
		done, err := to.Bundle(ctx)
		return exported{done, "README.txt in it says what is inside.", err}
	})
}

// exported says where the files are. A person who has turned to something else
// meanwhile gets it as news.
func (m *Model) exported(msg exported) tea.Cmd {
	if msg.err != nil {
		return m.notify(run.Err, "", msg.err)
	}
	size := config.Bytes(msg.written.Bytes).String()
	if msg.written.Files > 1 {
		size += fmt.Sprintf(" in %d files", msg.written.Files)
	}
	path := msg.written.Path
	if len(m.overlays) > 0 {
		return m.notify(run.Info, "wrote "+path+", "+size, nil)
	}
	m.push(&page{title: "exported", copy: path, what: "the path", text: func(c *ui.Context, w int) []string {
		var out []string
		for _, l := range ui.Wrap("wrote "+ui.Plain(path), w) {
			out = append(out, ui.FileLink(c, path, l))
		}
		out = append(out, c.Theme.Paint("muted", size))
		if msg.more != "" {
			for _, l := range ui.Wrap(msg.more, w) {
				out = append(out, c.Theme.Paint("muted", l))
			}
		}
		return out
	}})
	return nil
}
