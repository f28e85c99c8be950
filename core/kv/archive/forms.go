package archive

import "strings"

// The sentence forms of the world. {S} is the subject of a note (a name, a pronoun or a nickname), {P} the person asked
// about, {v} the value.

// attribute is one kind of fact.
type attribute struct {
	name   string
	values []string
	// tell are the forms that state the fact in a note.
	tell []string
	// ask asks for the value of a person, who for the person of a value.
	ask, who string
}

// attributes is the table of all facts.
func attributes() []attribute {
	return []attribute{
		{"city", strings.Fields(cities), []string{"{S} lives in {v}.", "{S} moved to {v} last spring.", "{S} has a small house in {v}."},
			"Where does {P} live?", "Who lives in {v}?"},
		{"job", strings.Fields(jobs), []string{"{S} works as a {v}.", "{S} trained for years to become a {v}.", "{S} is known in town as a fine {v}."},
			"What is the job of {P}?", "Who works as a {v}?"},
		{"pet", strings.Fields(pets), []string{"{S} keeps a {v}.", "{S} walks home every night to feed a {v}.", "{S} adopted a {v} in winter."},
			"Which animal does {P} keep?", "Who keeps a {v}?"},
		{"instrument", strings.Fields(instruments), []string{"{S} plays the {v}.", "{S} practises the {v} before breakfast.", "{S} bought a second hand {v}."},
			"Which instrument does {P} play?", "Who plays the {v}?"},
		{"food", strings.Fields(foods), []string{"{S} loves {v}.", "{S} cooks {v} on Sundays.", "{S} ordered {v} for everyone."},
			"Which food does {P} love?", "Who loves {v}?"},
		{"drink", strings.Fields(drinks), []string{"{S} drinks {v} all day.", "{S} never starts work without {v}."},
			"What does {P} drink?", "Who drinks {v}?"},
		{"vehicle", coloredVehicles(), []string{"{S} owns a {v}.", "{S} repaired a {v} in the yard.", "{S} came by in a {v}."},
			"What does {P} own?", "Who owns a {v}?"},
		{"sport", strings.Fields(sports), []string{"{S} took up {v}.", "{S} won a medal in {v}.", "{S} teaches {v} at weekends."},
			"Which sport does {P} practise?", "Who practises {v}?"},
		{"lang", strings.Fields(languages), []string{"{S} speaks {v}.", "{S} learned {v} from a neighbour.", "{S} reads old books in {v}."},
			"Which language does {P} speak?", "Who speaks {v}?"},
		{"company", strings.Fields(companies), []string{"{S} was hired by {v}.", "{S} signed a contract with {v}.", "{S} left everything to join {v}."},
			"Which company hired {P}?", "Who was hired by {v}?"},
	}
}

// introductions tell whose nickname {A} is; {N} is the full name.
func introductions() []string {
	return []string{"Everyone calls {N} {A}.", "In the old files {N} appears as {A}.", "The nickname of {N} is {A}."}
}

// asides are sentences that say nothing about anyone.
func asides() []string {
	return []string{
		"Rain fell on the harbour all week.",
		"The old clock in the square stopped again.",
		"A long queue formed outside the market.",
		"The museum closed early that day.",
		"Nobody remembered where the ledger was kept.",
		"The train was late by an hour.",
		"Snow covered the hills until noon.",
		"A brass band played near the river.",
		"The lamps along the pier were lit at dusk.",
		"Two windows on the upper floor were broken.",
		"The letter arrived without a stamp.",
		"The garden behind the chapel was locked.",
		"Fresh paint dried slowly on the fence.",
		"The bridge was closed for repairs.",
		"A ferry crossed the bay at dawn.",
		"The council met behind closed doors.",
		"Dust lay thick on the shelves.",
		"The bells rang twice before supper.",
		"Fog drifted in from the marshes.",
		"The bakery on the corner sold out by nine.",
	}
}

// coloredVehicles are all vehicles in all colors.
func coloredVehicles() []string {
	var list []string
	for c := range strings.FieldsSeq(colors) {
		for v := range strings.FieldsSeq(vehicles) {
			list = append(list, c+" "+v)
		}
	}
	return list
}
