package cli

import "github.com/spf13/cobra"

// newTopics are pages of help beside those of commands: assay help filters.
func newTopics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "filters", Short: "The language that lists are filtered by", Long: `Lists are filtered by words and keys, on the screens (/) and with assay run ls --filter. Terms are joined by and.

  kv done            each word must occur in the row, in any case
  Blend              a word with a capital letter must occur as it is written
  ~blnd              the letters of a word in their order; ctrl+t in the filter of a screen switches to that and back
  "two words"        quotes keep blanks and special characters
  state:done,lost    a key and the values it may have
  name:/^a.*z$/      a key and a regular expression (RE2); (?i) in front ignores case
  seed>=7            a key and a bound: > >= < <=
  fuzz|prune         either
  -state:done        not; ! means the same

An unknown key is refused with the nearest one; the message lists all. In the filter of a screen up and down call back
recent ones. A row that the filter hides stays while the cursor is on it, as hidden by filter.

  assay run ls --filter 'kind:kv.blend state:done -tag:demo'`},
		{Use: "remote", Short: "Work over SSH: leaving, coming back, slow links", Long: `Run assay in an SSH session as it is. Each run is a process of its own: q leaves the screen and runs go on, and so they do when
the link is lost. The next assay, on whatever terminal, comes back to the same screen, cursor and filter and says in one line
what happened meanwhile. assay doctor says what would end detached runs at logout on this machine, and what helps.

Where SSH_CONNECTION, SSH_TTY or SSH_CLIENT is set the remote profile is chosen: 256 colours at most, half the frames, fewer
looks at the history. ui.remote and ui.remote_colors in the settings overrule it. Frames are synchronised where the terminal
says that it can do so. assay --trace-bytes FILE says which pane has sent how much.

  assay kv sweep --demo --prompts 50 --detach     start and leave
  assay attach @1                                 come back to it
  assay run export @1 | ssh other assay run import -`},
		{Use: "formats", Short: "What commands print: tables, JSON, progress, exit codes", Long: `Results go to standard output and everything else to standard error. --json prints one document with stable names that have
their units in them (ttft_ms, size_bytes); assay schema COMMAND prints its JSON schema. Shares and accuracies are 0..1, ci95 is
[low, high].

Commands that list rows (run ls, run findings, model ls, data ls, theme ls, keys) print them as a table, whose lines are cut where
they go to a terminal, or with --jsonl (an object a line), --csv, --format '{{.name}} {{.state}}' (the names of --json), and --quiet
(what names each row):

  assay run ls -q --filter state:failed | xargs -n1 assay run resume --detach

--progress says how a run that goes on is told of: auto, none, plain (lines), bar, or jsonl, which prints {"committed_seq":N}
after each commit. Exit codes: 0 done, 1 error, 2 usage, 3 done and something was found, 4 something is missing, 5 cancelled,
stopped or lost, 124 --timeout was over.`},
		{Use: "themes", Short: "Colours, and how to make your own", Long: `assay theme ls lists the themes; T on the screens shows each before it is chosen, and assay config set ui.theme NAME keeps one.
A theme of your own is a file NAME.toml in the folder that theme ls names. It inherits from another and states what differs:

  inherits = "default-dark"
  [roles]
  title = { fg = "#ffcc66", ansi = 11, mono = "bold" }

assay --theme FILE --watch-theme shows it while you write. assay theme import SCHEME.yaml makes one out of a base16 scheme.
assay theme check FILE looks at syntax, contrast, verdicts without red or green cones, and ramps; a palette of somebody else,
which origin = "whose, from where" names, keeps its contrasts. NO_COLOR takes all colours away, --color overrules the terminal.`},
	}
}
