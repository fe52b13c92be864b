package lower

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// A builder makes a tree of an expression.
type builder struct {
	*Expr
	tree   *tree
	values map[types.Object]*node // what names stand for
}

// largest is how many parts a tree has at most. The time that it takes to generate kernels grows
// faster than these do, to some seconds here.
const largest = 128

// newTree makes the tree of the expression, or refuses what has no vector form.
func (e *Expr) newTree() (t *tree, err error) {
	defer catch(&err)
	t = &tree{same: map[string]*node{}}
	b := &builder{e, t, map[types.Object]*node{}}
	leaf := func(o op, v *types.Var) *node {
		n := t.leaf(o, b.kindOf(e.expr, v.Type()), isBool(v.Type()))
		b.values[v] = n
		return n
	}
	t.x = leaf(opX, e.x)
	if t.y = t.x; e.y != nil {
		t.y = leaf(opY, e.y)
	}
	if t.root = b.build(e.expr); t.root.isConst() {
		b.refuse(e.expr, "it is the same whatever x and y are; an element of a result is made of x, of y or of both")
	}
	if len(t.nodes) > largest {
		panic(refused{&Error{Rule: e.Name, Reason: fmt.Sprintf("it is made of %d parts, operations and numbers, of which vector code has %d at most; say Portable: true in the row, for Go to serve all levels", len(t.nodes), largest)}})
	}
	return t, nil
}

func isBool(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsBoolean != 0
}

// refuse gives up: a part of the expression has no vector form.
func (b *builder) refuse(e ast.Expr, reason string, args ...any) {
	at := b.place(e)
	panic(refused{b.refused(b.offset(at.pos), at.sub, fmt.Sprintf(reason, args...))})
}

func (b *builder) place(e ast.Expr) place {
	e = ast.Unparen(e)
	from, to := b.fset.Position(e.Pos()).Offset-b.before, b.fset.Position(e.End()).Offset-b.before
	return place{e.Pos(), strings.Join(strings.Fields(b.Signature.Expr[from:to]), " ")}
}

// kindOf is the kind of the numbers of a type.
func (b *builder) kindOf(e ast.Expr, t types.Type) kind {
	basic, ok := t.Underlying().(*types.Basic)
	if !ok {
		b.refuse(e, "its type %s has no vector form; say Portable: true in the row, for Go to serve all levels", t)
	}
	switch basic.Kind() {
	case types.Bool, types.UntypedBool:
		return boolean
	case types.Int8, types.Int16, types.Int32, types.Int64:
		return kind{size: 1 << (basic.Kind() - types.Int8), signed: true}
	case types.Uint8, types.Uint16, types.Uint32, types.Uint64:
		return kind{size: 1 << (basic.Kind() - types.Uint8)}
	case types.Float32:
		return float32s
	case types.Float64:
		return float64s
	}
	b.refuse(e, "its type %s has no vector form; say Portable: true in the row, for Go to serve all levels", t)
	return kind{}
}

func (b *builder) build(e ast.Expr) *node {
	if v := b.info.Types[e]; v.Value != nil {
		return b.constant(e, v)
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return b.build(e.X)
	case *ast.Ident:
		if n := b.values[b.info.Uses[e]]; n != nil {
			return n
		}
	case *ast.UnaryExpr:
		return b.unary(e)
	case *ast.BinaryExpr:
		return b.binary(e)
	case *ast.CallExpr:
		return b.call(e)
	}
	b.refuse(e, "it has no vector form; say Portable: true in the row")
	return nil
}

func (b *builder) constant(e ast.Expr, v types.TypeAndValue) *node {
	k := b.kindOf(e, v.Type)
	switch {
	case k.float:
		f, _ := constant.Float64Val(v.Value)
		return b.tree.real(k, f)
	case v.Value.Kind() == constant.Bool:
		one := big.NewInt(0)
		if constant.BoolVal(v.Value) {
			one = big.NewInt(1)
		}
		return b.tree.integer(k, one)
	}
	i, ok := new(big.Int).SetString(constant.ToInt(v.Value).ExactString(), 10)
	if !ok {
		b.refuse(e, "%s is no integer", v.Value)
	}
	return b.tree.integer(k, i)
}

func (b *builder) unary(e *ast.UnaryExpr) *node {
	x := b.build(e.X)
	switch {
	case e.Op == token.ADD:
		return x
	case e.Op == token.SUB && x.float: // -x of 0 is -0, which 0-x is not
		return b.tree.operate(b.place(e), opXor, x.kind, 0, x, b.tree.add(&node{op: opConst, kind: x.kind, bits: 1 << (8*x.size - 1)}))
	case e.Op == token.SUB:
		return b.tree.operate(b.place(e), opSub, x.kind, 0, b.tree.integer(x.kind, new(big.Int)), x)
	case e.Op == token.XOR:
		return b.tree.operate(b.place(e), opXor, x.kind, 0, x, b.tree.integer(x.kind, big.NewInt(-1)))
	case e.Op == token.NOT:
		return b.tree.operate(b.place(e), opXor, x.kind, 0, x, b.tree.integer(x.kind, big.NewInt(1)))
	}
	b.refuse(e, "the operator %s has no vector form; say Portable: true in the row", e.Op)
	return nil
}

// operators maps Go's operators on numbers of one kind.
var operators = map[token.Token]op{
	token.ADD: opAdd, token.SUB: opSub, token.MUL: opMul, token.AND: opAnd, token.OR: opOr, token.XOR: opXor, token.AND_NOT: opAndNot,
	token.LAND: opAnd, token.LOR: opOr, token.QUO: opQuo,
}

func (b *builder) binary(e *ast.BinaryExpr) *node {
	at := b.place(e)
	switch e.Op {
	case token.SHL, token.SHR:
		return b.shift(e)
	case token.NEQ:
		if v := b.info.Types[e.Y].Value; v != nil && v.Kind() != constant.Bool && constant.Sign(v) == 0 {
			return b.tree.add(&node{op: opNonzero, kind: boolean, args: []*node{b.build(e.X)}, num: interval{new(big.Int), big.NewInt(1)}, place: at})
		}
		fallthrough
	case token.EQL, token.LSS, token.LEQ, token.GTR, token.GEQ:
		b.refuse(e, "comparisons have no vector form, but x != 0; min and max choose the lesser and the larger integer, or say Portable: true in the row")
	}
	x, y := b.build(e.X), b.build(e.Y)
	if (e.Op == token.QUO || e.Op == token.REM) && !x.float {
		return b.tree.byConstant(at, e.Op, x, y.value())
	}
	o, ok := operators[e.Op]
	if !ok {
		b.refuse(e, "the operator %s has no vector form; say Portable: true in the row", e.Op)
	}
	return b.tree.operate(at, o, x.kind, 0, x, y)
}

func (b *builder) shift(e *ast.BinaryExpr) *node {
	v := b.info.Types[e.Y].Value
	x := b.build(e.X)
	by, exact := constant.Uint64Val(constant.ToInt(v))
	if bits := 8 * x.size; !exact || by >= uint64(bits) {
		left := "none of its bits"
		if e.Op == token.SHR && x.signed {
			left = "its sign alone"
		}
		b.refuse(e, "a shift of %s by %s leaves %s; shift by less than %d", x.kind, v, left, bits)
	}
	o := opShl
	if e.Op == token.SHR {
		o = opShr
	}
	return b.tree.operate(b.place(e), o, x.kind, by, x)
}

func (b *builder) call(e *ast.CallExpr) *node {
	fun := ast.Unparen(e.Fun)
	if b.info.Types[fun].IsType() {
		return b.conversion(e)
	}
	if f, ok := fun.(*ast.FuncLit); ok {
		return b.let(e, f)
	}
	if b.info.Types[fun].IsBuiltin() {
		return b.builtin(e, fun)
	}
	switch f := fun.(type) {
	case *ast.Ident:
		return b.function(e, f.Name, e.Args)
	case *ast.SelectorExpr:
		if s := b.info.Selections[f]; s != nil {
			if named, ok := s.Recv().(*types.Named); ok {
				return b.function(e, named.Obj().Name()+"."+f.Sel.Name, append([]ast.Expr{f.X}, e.Args...))
			}
		}
	}
	b.refuse(e, "such a call has no vector form; say Portable: true in the row")
	return nil
}

// conversion is T(x).
func (b *builder) conversion(e *ast.CallExpr) *node {
	return b.tree.convert(b.place(e), b.kindOf(e, b.info.Types[e].Type), b.build(e.Args[0]))
}

// let is func(t T) U { return … }(…), which gives a part of an expression a name.
func (b *builder) let(e *ast.CallExpr, f *ast.FuncLit) *node {
	parameters(e, f, func(name *ast.Ident, arg ast.Expr) { b.values[b.info.Defs[name]] = b.build(arg) })
	return b.build(b.returned(f))
}

func (b *builder) builtin(e *ast.CallExpr, fun ast.Expr) *node {
	name := fun.(*ast.Ident).Name
	o := map[string]op{"min": opMin, "max": opMax}[name]
	if o == "" {
		b.refuse(e, "%s has no vector form; say Portable: true in the row", name)
	}
	k := b.kindOf(e, b.info.Types[e].Type)
	if k.float {
		b.refuse(e, "of floats, Go's %s of NaN and of zeros is no instruction; there are functions that round and clamp, as RoundUint8", name)
	}
	n := b.build(e.Args[0])
	for _, a := range e.Args[1:] {
		n = b.tree.operate(b.place(e), o, k, 0, n, b.build(a))
	}
	return n
}

// function is a call of a function of the vocabulary.
func (b *builder) function(e *ast.CallExpr, name string, args []ast.Expr) *node {
	f, ok := vocabulary()[name]
	if !ok {
		b.refuse(e, "%s has no vector form, as these have: %s; or say Portable: true in the row", name, strings.Join(slices.Sorted(maps.Keys(vocabulary())), ", "))
	}
	if name == bit {
		return b.build(args[0])
	}
	n := &node{op: op(name), kind: f.result, place: b.place(e), num: f.num}
	if n.num.lo == nil && !f.result.float {
		n.num = f.result.bounds()
	}
	for _, a := range args {
		n.args = append(n.args, b.build(a))
	}
	return b.tree.add(n)
}
