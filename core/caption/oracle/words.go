package oracle

import "strings"

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// function are words that carry no content: they end a compound, and a text
// without any of them is hardly English.
var function = set("a an the and or but of in on at by near for from to into onto over under behind beside beneath below above between through across along around against inside outside next front while as than off up down out about toward towards during after before atop upon with without is are was were be been being has have had do does did can will would there it its they them their he his she her who which that this these those some any no not each every both few many several another other while where when all together one two three four five six seven eight nine ten")

// verbal are words after which train, book, ski and their like are verbs.
var verbal = set("to man men woman women people person boy boys girl girls who kid kids child children he she they")

var verbs = set("train trains book books ski skis tie ties bear bears park parks saw surf surfs")

// animalPrefix are words of age that belong to the animal behind them.
var agePrefix = set("baby babies adult adults young male female toy")
