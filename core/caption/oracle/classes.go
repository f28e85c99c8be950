package oracle

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"

	"assay/core/run"
)

// The lists of classes that a captioner may be asked about. COCO80 is the order
// of the data set; COCO60 leaves out the 20 classes that MetaIC leaves out.
const (
	COCO60  = "coco60"
	COCO80  = "coco80"
	TinyCap = "tinycap"
)

// kinds are the supercategories, of COCO where it has the class: they pair a
// missing thing with what it was called, and tell what a general word covers.
var kinds = []struct{ name, classes string }{
	{"person", "person"},
	{"vehicle", "bicycle,car,motorcycle,airplane,bus,train,truck,boat,tractor,helicopter,rocket"},
	{"outdoor", "traffic light,fire hydrant,stop sign,parking meter,bench,tree,flower,house"},
	{"animal", "bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,pig,rabbit,duck,penguin,fish,turtle,butterfly,monkey"},
	{"accessory", "backpack,umbrella,handbag,tie,suitcase,hat,shoe"},
	{"sports", "frisbee,skis,snowboard,sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,balloon"},
	{"kitchen", "bottle,wine glass,cup,fork,knife,spoon,bowl"},
	{"food", "banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,strawberry,watermelon,pineapple,lemon,tomato,mushroom,egg,cookie"},
	{"furniture", "chair,couch,potted plant,bed,dining table,toilet"},
	{"electronic", "tv,laptop,mouse,remote,keyboard,cell phone,camera"},
	{"appliance", "microwave,oven,toaster,sink,refrigerator"},
	{"indoor", "book,clock,vase,scissors,teddy bear,hair drier,toothbrush,key,candle,guitar,drum"},
}

// extra are the 30 classes of the built-in captioner that COCO does not have.
const extra = "guitar,camera,hat,shoe,balloon,key,tree,flower,house,pig,rabbit,duck,penguin,fish,turtle,butterfly,monkey,tractor,helicopter,rocket,strawberry,watermelon,pineapple,lemon,tomato,mushroom,egg,cookie,candle,drum"

// left are the 20 classes of COCO that MetaIC leaves out.
const left = "potted plant,donut,dining table,sports ball,mouse,tennis racket,fire hydrant,baseball glove,baseball bat,cell phone,knife,traffic light,parking meter,wine glass,hair drier,teddy bear,skis,tv,stop sign,hot dog"

// unseen are the classes of COCO that the built-in captioner was not taught.
const unseen = "fire hydrant,parking meter,bench,tie,frisbee,skis,snowboard,baseball bat,baseball glove,surfboard,fork,bowl,dining table,remote,microwave,oven,toaster,sink,refrigerator,hair drier"

// ClassList returns a list by name: coco60, coco80, tinycap.
func ClassList(name string) ([]string, bool) {
	switch name {
	case COCO80:
		return coco(), true
	case COCO60:
		return slices.DeleteFunc(coco(), in(left)), true
	case TinyCap:
		return append(slices.DeleteFunc(coco(), in(unseen)), strings.Split(extra, ",")...), true
	}
	return nil, false
}

// ReadClasses returns a list by name, or that of a file with a class a line;
// empty lines and lines that begin with # do not count.
func ReadClasses(name string) ([]string, error) {
	if list, ok := ClassList(name); ok {
		return list, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("class list %q is neither coco60, coco80 nor tinycap, nor a file that can be read", name), Err: err}
	}
	defer f.Close()
	var list []string
	s := bufio.NewScanner(f)
	for s.Scan() {
		line := strings.ToLower(strings.Join(strings.Fields(s.Text()), " "))
		if line != "" && line[0] != '#' && !slices.Contains(list, line) {
			list = append(list, line)
		}
		if len(list) > 10_000 {
			return nil, &run.Error{Code: run.EInput, Text: name + ": more than 10,000 classes; expected a class a line"}
		}
	}
	if err := s.Err(); err != nil {
		return nil, &run.Error{Code: run.EInput, Text: name + ": not a list of classes", Err: err}
	}
	if len(list) == 0 {
		return nil, &run.Error{Code: run.EInput, Text: name + ": no class in it; expected a class a line"}
	}
	return list, nil
}

// coco returns the 80 classes of COCO, kind by kind.
func coco() []string {
	var list []string
	for _, k := range kinds {
		list = append(list, slices.DeleteFunc(strings.Split(k.classes, ","), in(extra))...)
	}
	return list
}

func in(list string) func(string) bool {
	names := strings.Split(list, ",")
	return func(s string) bool { return slices.Contains(names, s) }
}

// kindOf returns the supercategory of a class, "" where it has none here.
func kindOf(class string) string {
	for _, k := range kinds {
		if in(k.classes)(class) {
			return k.name
		}
	}
	return ""
}
