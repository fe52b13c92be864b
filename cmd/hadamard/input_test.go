package main

import "testing"

func TestSplitPart(t *testing.T) {
	files := map[string]bool{"a.npz": true, "x.npz:y": true, "x.npz": true, "dir.npz:b.npz": true, `C:\a.npz`: true, "a.zip": true, "plain": true, "a.png": true}
	tests := []struct{ name, file, part string }{
		{"a.npy", "a.npy", ""},
		{"a.npz", "a.npz", ""},
		{"a.npz:b", "a.npz", "b"},
		{"a.npz:b:c", "a.npz", "b:c"},
		{"a.npz:", "a.npz", ""},
		{"x.npz:y", "x.npz:y", ""},
		{"x.npz:y:mask", "x.npz:y", "mask"},
		{"x.npz:z", "x.npz", "z"},
		{"dir.npz:b.npz:c", "dir.npz:b.npz", "c"},
		{`C:\a.npz:b`, `C:\a.npz`, "b"},
		{"a.zip:b", "a.zip", "b"},
		{"plain:b:mask", "plain", "b:mask"},
		{"a.png:mask", "a.png", "mask"},
		{"lost.npz:b.npz:c", "lost.npz", "b.npz:c"},
		{"lost.png:mask", "lost.png:mask", ""},
		{"a:b.npy", "a:b.npy", ""},
		{"-", "-", ""},
		{"-x.npy", "-x.npy", ""},
		{"", "", ""},
	}
	for _, test := range tests {
		file, part := splitPart(test.name, func(name string) bool { return files[name] })
		if file != test.file || part != test.part {
			t.Errorf("%s: got %q and %q, want %q and %q", test.name, file, part, test.file, test.part)
		}
	}
}
