package org.backpropaganda.reversible.ode;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * The right-hand side of an equation.
 *
 * @param module of (y), or of (t, y)
 * @param timed whether it reads t
 */
record VectorField(Module module, boolean timed) {

    /** f(t, y), as a call from a module that need not have registered the field's. */
    Variable at(double time, Variable y) {
        List<Variable> results = module.call(timed ? List.of(constant(time, y), y) : List.of(y));
        if (results.size() != 1 || !results.get(0).spec().equals(y.spec())) {
            throw new ShapeException("NeuralOde: the field " + module.describe() + " gave "
                    + results.stream().map(Variable::spec).toList() + " for a state " + y.spec()
                    + "; let it return one result of the state's shape and element type");
        }
        return results.get(0);
    }

    private static Variable constant(double time, Variable like) {
        Tensor filled = like.tape().scope().allocate(Shape.of(1), like.dtype()).fill(time);
        Variable constant = like.tape().constant(filled);
        filled.close();
        return constant;
    }

    /** What calls of the field train. */
    List<Parameter> parameters() {
        return module.trainedParameters();
    }
}
