"""Single precision from the same source: in a kernel with float32 arguments, literals and scalars become float32.

To Numba ``0.5`` is a float64, and float32 times float64 is float64, as is float32 times an integer. A kernel is
compiled in **single precision** when an argument is float32 or holds float32 (an array, a tuple of arrays) and none
is or holds an array of float64. Then

- float literals and global constants are rounded to float32;
- float64 scalars among the arguments, such as a time step, are rounded on entry;
- integers that meet a float32 in arithmetic, comparison, ``min``, ``max`` or a select are converted to float32;
- whatever else would be float64 (``module.CONSTANT``, a call that returns it, a quotient of integers) is rounded to
  float32 at once.

So no float64 value survives in such a kernel; NumPy arrays created in it keep their dtype. Kernels with arrays of both
precisions, or that ask for ``mixed_precision``, follow Numba's rules. The interpreter does the same for NumPy scalars,
because Python numbers adapt to them.
"""

import numpy as np
from numba.core import ir, types
from numba.core.compiler import Compiler
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.errors import NumbaError
from numba.core.ir_utils import build_definitions, get_definition, guard, mk_unique_var, replace_vars_inner
from numba.core.typed_passes import NopythonTypeInference, type_inference_stage

#: A correction changes the types that follow from it; the code of a kernel settles in one or two rounds.
ROUNDS = 5


class KernelCompiler(Compiler):
    """Numba's compiler with single precision before type inference."""

    def define_pipelines(self):
        """Return Numba's pipelines with the pass put in."""
        pipelines = super().define_pipelines()
        for pipeline in pipelines:
            position = [step for step, _ in pipeline.passes].index(NopythonTypeInference)
            pipeline.add_pass_after(SinglePrecision, pipeline.passes[position - 1][0])
            pipeline.finalize()
        return pipelines


@register_pass(mutates_CFG=False, analysis_only=False)
class SinglePrecision(FunctionPass):
    """Keep float64 out of kernels that are to be computed in single precision."""

    _name = "landda_single_precision"

    def __init__(self):
        FunctionPass.__init__(self)

    def run_pass(self, state):
        """Rewrite the code of one kernel and tell Numba whether anything changed."""
        if not is_single(state.args):
            return False
        rewriter = _Rewriter(state.func_ir)
        rewriter.round_constants()
        rewriter.round_scalar_arguments(state.args)
        for _ in range(ROUNDS):
            state.func_ir._definitions = build_definitions(state.func_ir.blocks)
            try:
                typed = type_inference_stage(state.typingctx, state.targetctx, state.func_ir, state.args,
                                             state.return_type, state.locals)
            except NumbaError:
                break  # the pass that comes next reports it
            if not rewriter.round_values(typed.typemap):
                break
        return True


def is_single(arguments):
    """Return whether argument types ask for single precision: float32 among them and no array of float64."""
    leaves = [leaf for argument in arguments for leaf in _leaves(argument)]
    numbers = {leaf.dtype if isinstance(leaf, types.Array) else leaf for leaf in leaves}
    arrays = {leaf.dtype for leaf in leaves if isinstance(leaf, types.Array)}
    return types.float32 in numbers and types.float64 not in arrays


def _leaves(kind):
    """Yield the types in a type, those of nested tuples too."""
    if isinstance(kind, types.BaseTuple):
        for inner in kind:
            yield from _leaves(inner)
    else:
        yield types.unliteral(kind)


class _Rewriter:
    """The corrections of one kernel's code."""

    def __init__(self, func_ir):
        self.func_ir = func_ir

    def round_constants(self):
        """Give float literals and the constants of the kernel's module the type float32."""
        for _, assignment in self._assignments():
            value = assignment.value
            if isinstance(value, (ir.Const, ir.Global, ir.FreeVar)):
                value.value = _rounded(value.value)

    def round_scalar_arguments(self, arguments):
        """Convert float64 scalars to float32 on entry."""
        for block, assignment in self._assignments():
            value = assignment.value
            if isinstance(value, ir.Arg) and types.unliteral(arguments[value.index]) == types.float64:
                _round_result(block, assignment)

    def round_values(self, typemap):
        """Convert what is float64, or would make something so; return whether there was any."""
        changed = False
        for block, assignment in self._assignments():
            if not isinstance(assignment.value, ir.Expr):
                continue
            if assignment.value.op == "phi":
                changed |= self._convert_incoming(assignment, typemap)
            elif self._convert_operands(block, assignment, typemap):
                changed = True
            elif typemap[assignment.target.name] == types.float64:
                _round_result(block, assignment)
                changed = True
        return changed

    def _assignments(self):
        """Return all assignments with their blocks, as they stand before any correction."""
        return [(block, assignment) for block in self.func_ir.blocks.values()
                for assignment in block.find_insts(ir.Assign)]

    def _convert_operands(self, block, assignment, typemap):
        """Convert the integers that arithmetic, a comparison, ``min`` or ``max`` brings together with float32."""
        expression = assignment.value
        operands = self._operands(expression)
        kinds = [types.unliteral(typemap[operand.name]) for operand in operands]
        if types.float32 not in kinds or not any(map(_is_integer, kinds)):
            return False
        for operand, kind in zip(operands, kinds, strict=True):
            if _is_integer(kind):
                converted = _new_variable(operand)
                _insert(block, assignment, _conversion(converted, operand))
                replace_vars_inner(expression, {operand.name: converted})
        return True

    def _operands(self, expression):
        """Return the variables that an expression brings to one type."""
        if expression.op in ("binop", "inplace_binop"):
            return [expression.lhs, expression.rhs]
        if expression.op == "call":
            callee = guard(get_definition, self.func_ir, expression.func)
            if isinstance(callee, ir.Global) and callee.value in (min, max):
                return list(expression.args)
        return []

    def _convert_incoming(self, assignment, typemap):
        """Convert the integers among the values that a select or a loop brings together to a float64."""
        expression = assignment.value
        if typemap[assignment.target.name] != types.float64:
            return False
        changed = False
        for position, incoming in enumerate(expression.incoming_values):
            if isinstance(incoming, ir.Var) and _is_integer(types.unliteral(typemap[incoming.name])):
                expression.incoming_values[position] = self._converted_where_set(incoming)
                changed = True
        return changed

    def _converted_where_set(self, variable):
        """Return a new variable that holds ``variable`` as float32, computed where that is set."""
        converted = _new_variable(variable)
        for block, assignment in self._assignments():
            if assignment.target.name == variable.name:
                _insert(block, assignment, _conversion(converted, variable), after=True)
        return converted


def _is_integer(kind):
    return isinstance(kind, (types.Integer, types.Boolean))


def _rounded(value):
    """Return a float or a tuple of floats as float32, anything else as it is."""
    if isinstance(value, (float, np.float64)):
        return np.float32(value)
    if isinstance(value, tuple) and value and all(isinstance(item, (float, np.float64)) for item in value):
        return tuple(np.float32(item) for item in value)
    return value


def _new_variable(like):
    return ir.Var(like.scope, mk_unique_var(f"$single.{like.name}"), like.loc)


def _conversion(target, source):
    """Return the statements of ``target = numpy.float32(source)``."""
    function = _new_variable(source)
    return [ir.Assign(ir.Global("float32", np.float32, source.loc), function, source.loc),
            ir.Assign(ir.Expr.call(function, (source,), (), source.loc), target, source.loc)]


def _insert(block, statement, further, after=False):
    """Put statements before or after one of a block; what follows a ``phi`` comes after the last of them."""
    position = next(index for index, found in enumerate(block.body) if found is statement)
    if after:
        position += 1
        while _is_phi(block.body[position]):
            position += 1
    block.body[position:position] = further


def _is_phi(statement):
    return isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Expr) and statement.value.op == "phi"


def _round_result(block, assignment):
    """Give an assignment's value to a new variable and that, rounded, to its target."""
    exact = _new_variable(assignment.target)
    _insert(block, assignment, _conversion(assignment.target, exact), after=True)
    assignment.target = exact
