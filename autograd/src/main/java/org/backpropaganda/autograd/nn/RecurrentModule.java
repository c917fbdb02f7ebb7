package org.backpropaganda.autograd.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Concat;
import org.backpropaganda.autograd.op.IndexSelect;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.op.Transpose;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Recurrent layers above one another, for D directions and L layers of width H.
 *
 * <p>Called with x [T, B, I] alone it starts from zeros and returns y [T, B, D·H]. Called with x and its states
 * [L·D, B, H] it returns y and the states after the last step. States are ordered layer by layer, forward before backward.
 * Parameters have PyTorch's names and layouts: {@code weight_ih_l0} [G·H, I], {@code weight_hh_l0} [G·H, H],
 * {@code bias_ih_l0} and {@code bias_hh_l0} [G·H], {@code …_reverse} for the way back; all drawn from U(−1/√H, 1/√H).
 */
public abstract class RecurrentModule extends Module implements AxisMixing {
    private final RecurrentSettings settings;
    private final long width;
    private final int states;
    private final DType dtype;
    private final Dropout dropout;
    private final List<List<Parameter>> weights = new ArrayList<>();

    /**
     * Layers with parameters.
     *
     * @param inputs I
     * @param width H
     * @param gates G, how many numbers the products give for each that a cell says
     * @param states how many tensors a cell remembers; the hidden state is the first
     */
    RecurrentModule(
            ParameterFactory factory, long inputs, long width, int gates, int states, RecurrentSettings settings) {
        this.settings = settings;
        this.width = width;
        this.states = states;
        dtype = factory.dtype();
        dropout = register("dropout", new Dropout(settings.dropout()));
        for (int layer = 0; layer < settings.layers(); layer++) {
            long from = layer == 0 ? inputs : settings.directions() * width;
            for (int direction = 0; direction < settings.directions(); direction++) {
                weights.add(registerCell(factory, from, gates, "_l" + layer + (direction == 0 ? "" : "_reverse")));
            }
        }
    }

    private List<Parameter> registerCell(ParameterFactory factory, long inputs, int gates, String suffix) {
        Initializer initializer = initializer(width);
        List<Parameter> cell = new ArrayList<>();
        cell.add(register("weight_ih" + suffix, factory.create(Shape.of(gates * width, inputs), initializer)));
        cell.add(register("weight_hh" + suffix, factory.create(Shape.of(gates * width, width), initializer)));
        if (settings.biases()) {
            cell.add(register("bias_ih" + suffix, factory.create(Shape.of(gates * width), initializer)));
            cell.add(register("bias_hh" + suffix, factory.create(Shape.of(gates * width), initializer)));
        }
        return cell;
    }

    /** PyTorch's. */
    static Initializer initializer(long width) {
        return Initializer.uniform(1 / Math.sqrt((double) width));
    }

    /** A state of zeros for a batch, owned by a scope. */
    public final RecurrentState zeroState(TensorScope scope, long batch) {
        return new RecurrentState(scope, stateShape(batch), dtype, states);
    }

    private Shape stateShape(long batch) {
        return Shape.of((long) settings.layers() * settings.directions(), batch, width);
    }

    /**
     * Runs one layer in one direction.
     *
     * @param x [T, B, I]
     * @param before states [B, H]
     * @param last whether the last states are asked for
     * @return y [T, B, H], and the last states but the hidden one
     */
    abstract List<Variable> run(Variable x, List<Variable> before, boolean last, Variable... weights);

    @Override
    public final Optional<String> mixes(int axis, boolean batchStatistics) {
        return axis == (settings.batchFirst() ? 1 : 0)
                ? Optional.of("carries a state from step to step")
                : Optional.empty();
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Variable given = inputs.get(0);
        if (inputs.size() != 1 && inputs.size() != 1 + states) {
            throw new ShapeException(getClass().getSimpleName() + ": takes x, or x and " + states + " states, got "
                    + inputs.stream().map(Variable::shape).toList());
        }
        if (given.shape().rank() != 3) {
            throw new ShapeException(getClass().getSimpleName() + ": x " + given.shape() + " must be "
                    + (settings.batchFirst() ? "[B, T, I]" : "[T, B, I]"));
        }
        Variable x = settings.batchFirst() ? Transpose.transpose(given, 1, 0, 2) : given;
        boolean last = inputs.size() > 1;
        List<Variable> first = last ? inputs.subList(1, inputs.size()) : zeros(x);
        checkStates(first, x.shape().dim(1));
        List<List<Variable>> ends = new ArrayList<>();
        Variable y = x;
        for (int layer = 0; layer < settings.layers(); layer++) {
            Variable in = layer == 0 ? y : dropout.call(y);
            Variable out = layer(layer, in, first, last, ends);
            Liveness.letGo(List.of(y, in), inputs, List.of(out));
            y = out;
        }
        if (!last) {
            first.forEach(Variable::release);
        }
        List<Variable> results = new ArrayList<>();
        results.add(settings.batchFirst() ? Transpose.transpose(y, 1, 0, 2) : y);
        for (int state = 0; last && state < states; state++) {
            results.add(joined(ends, state));
        }
        return results;
    }

    private void checkStates(List<Variable> given, long batch) {
        for (Variable state : given) {
            if (!state.shape().equals(stateShape(batch))) {
                throw new ShapeException(getClass().getSimpleName() + ": state " + state.shape() + " must be "
                        + stateShape(batch) + " = [layers · directions, B, H]");
            }
        }
    }

    private List<Variable> zeros(Variable x) {
        Tape tape = x.tape();
        Tensor zeros = tape.scope().zeros(stateShape(x.shape().dim(1)), dtype, MemoryKind.TEMPORARY);
        List<Variable> all = new ArrayList<>();
        for (int state = 0; state < states; state++) {
            all.add(tape.constant(zeros));
        }
        zeros.close();
        return all;
    }

    private Variable layer(int layer, Variable x, List<Variable> first, boolean last, List<List<Variable>> ends) {
        List<Variable> directions = new ArrayList<>();
        for (int direction = 0; direction < settings.directions(); direction++) {
            int number = layer * settings.directions() + direction;
            List<Variable> before =
                    first.stream().map(state -> cell(state, number)).toList();
            Variable in = direction == 0 ? x : reversed(x);
            Variable[] cell =
                    weights.get(number).stream().map(x.tape()::parameter).toArray(Variable[]::new);
            List<Variable> out = run(in, before, last, cell);
            Variable y = out.get(0);
            if (last) {
                List<Variable> end = new ArrayList<>();
                end.add(Slice.slice(y, 0, y.shape().dim(0) - 1, 1));
                out.subList(1, out.size()).forEach(state -> end.add(Reshape.reshape(state, 1, -1, width)));
                ends.add(end);
            }
            if (direction == 0) {
                directions.add(y);
            } else {
                directions.add(reversed(y));
                in.release();
                y.release();
            }
        }
        if (directions.size() == 1) {
            return directions.get(0);
        }
        Variable both = Concat.concat(2, directions.toArray(Variable[]::new));
        directions.forEach(Variable::release);
        return both;
    }

    private Variable cell(Variable state, int number) {
        return Reshape.reshape(state.shape().dim(0) == 1 ? state : Slice.slice(state, 0, number, 1), -1, width);
    }

    private static Variable reversed(Variable x) {
        long steps = x.shape().dim(0);
        return IndexSelect.indexSelect(
                x, 0, LongStream.range(0, steps).map(i -> steps - 1 - i).toArray());
    }

    private static Variable joined(List<List<Variable>> ends, int state) {
        return ends.size() == 1
                ? ends.get(0).get(state)
                : Concat.concat(0, ends.stream().map(end -> end.get(state)).toArray(Variable[]::new));
    }
}
