package memory

var resources = []resource{dataLimit} // it counts all memory there
