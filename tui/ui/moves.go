package ui

// FarEnd is more lines than a text has: scrolling by so many reaches its end.
const FarEnd = 1 << 20

// ListMoves are the moves of every list. To makes the action of a screen out of each:
// what it does to the table, and the lines by which a text would scroll instead.
func ListMoves(to func(id, title string, rows func(*Table), lines int, keys ...string) Action) []Action {
	return []Action{
		to("down", "down", func(t *Table) { t.Move(1) }, 1, "j", "down"),
		to("up", "up", func(t *Table) { t.Move(-1) }, -1, "k", "up"),
		to("half-down", "half a page down", func(t *Table) { t.Page(1) }, 6, "ctrl+d"),
		to("half-up", "half a page up", func(t *Table) { t.Page(-1) }, -6, "ctrl+u"),
		to("page-down", "page down", func(t *Table) { t.Page(2) }, 12, "pgdown"),
		to("page-up", "page up", func(t *Table) { t.Page(-2) }, -12, "pgup"),
		to("first", "first", (*Table).Home, -FarEnd, "g", "home"),
		to("last", "last", (*Table).End, FarEnd, "G", "end"),
	}
}

// TextMoves are the moves of every text that can be scrolled; to makes the action of a
// screen out of each.
func TextMoves(to func(id, title string, lines int, keys ...string) Action) []Action {
	return []Action{
		to("down", "down", 1, "j", "down"),
		to("up", "up", -1, "k", "up"),
		to("half-down", "half a page down", 6, "ctrl+d", "pgdown"),
		to("half-up", "half a page up", -6, "ctrl+u", "pgup"),
		to("first", "to the top", -FarEnd, "g", "home"),
		to("last", "to the end", FarEnd, "G", "end"),
	}
}
