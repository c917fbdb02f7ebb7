package org.backpropaganda.autograd.op;

import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * The inputs of a recurrent op: x, the states before the first step, the weights of x and of the hidden state, perhaps two
 * biases. Tensors are looked up when asked for: backward has those that were saved.
 */
final class RecurrentInputs {
    private final Kernels kernels;
    private final List<TensorSpec> specs;
    private final IntFunction<Tensor> tensors;
    private final Function<Shape, Tensor> room;
    private final int states;

    private RecurrentInputs(
            Kernels kernels,
            List<TensorSpec> specs,
            IntFunction<Tensor> tensors,
            Function<Shape, Tensor> room,
            int states) {
        this.kernels = kernels;
        this.specs = specs;
        this.tensors = tensors;
        this.room = room;
        this.states = states;
    }

    static RecurrentInputs of(ForwardCall call, int states) {
        return new RecurrentInputs(
                call.kernels(),
                call.inputs().stream().map(Tensor::spec).toList(),
                call::input,
                shape -> call.scratch(shape, call.output().dtype()),
                states);
    }

    static RecurrentInputs of(BackwardCall call, int states) {
        return new RecurrentInputs(
                call.kernels(),
                IntStream.range(0, call.inputs()).mapToObj(call::spec).toList(),
                call::input,
                shape -> call.temporary(shape, call.dy().dtype()),
                states);
    }

    /** The inputs of an op in their order. */
    static Variable[] join(Variable[] weights, Variable... before) {
        return Stream.concat(Stream.of(before), Stream.of(weights)).toArray(Variable[]::new);
    }

    /** All inputs are kept, for a backward that computes gates again. */
    static Saves allSaved(Operands operands) {
        Saves saves = Saves.none();
        for (int i = 0; i < operands.specs().size(); i++) {
            saves = saves.input(i);
        }
        return saves;
    }

    /** Of the products of matrices of all steps. */
    static long multiplyAdds(Operands inputs, int states) {
        Shape x = inputs.spec(0).shape();
        long weights = inputs.spec(1 + states).shape().elements()
                + inputs.spec(2 + states).shape().elements();
        return x.dim(0) * x.dim(1) * weights;
    }

    /** The shape rule: x [T, B, I], states [B, H], weights [G·H, I] and [G·H, H], perhaps two biases [G·H] → [T, B, H]. */
    static TensorSpec infer(String op, List<TensorSpec> in, int states, int gates) {
        int weights = 1 + states;
        Checks.require(
                in.size() == weights + 2 || in.size() == weights + 4,
                op,
                "takes x, " + states + " states, two weights and perhaps two biases, got " + in);
        Checks.dtype(op, in);
        Checks.rank(op, "x", in.get(0), 3, "[T, B, I]");
        Shape x = in.get(0).shape();
        Checks.rank(op, "the hidden state", in.get(1), 2, "[B, H]");
        Shape h = in.get(1).shape();
        for (int i = 1; i < weights; i++) {
            Shape state = in.get(i).shape();
            Checks.require(
                    state.equals(Shape.of(x.dim(1), h.dim(1))),
                    op,
                    "state " + state + " must be [" + x.dim(1) + ", H] as x " + x + " and the hidden state " + h);
        }
        long rows = gates * h.dim(1);
        require(op, "the weight of x", in.get(weights), Shape.of(rows, x.dim(2)));
        require(op, "the weight of the hidden state", in.get(weights + 1), Shape.of(rows, h.dim(1)));
        for (int i = weights + 2; i < in.size(); i++) {
            require(op, "a bias", in.get(i), Shape.of(rows));
        }
        return in.get(0).with(Shape.of(x.dim(0), x.dim(1), h.dim(1)));
    }

    private static void require(String op, String what, TensorSpec spec, Shape shape) {
        Checks.require(spec.shape().equals(shape), op, what + " " + spec.shape() + " must be " + shape);
    }

    Kernels kernels() {
        return kernels;
    }

    /** A tensor to work in; the caller closes it. */
    Tensor room(long rows, long columns) {
        return room.apply(Shape.of(rows, columns));
    }

    long steps() {
        return specs.get(0).shape().dim(0);
    }

    long batch() {
        return specs.get(0).shape().dim(1);
    }

    /** The length of x at a step. */
    long features() {
        return specs.get(0).shape().dim(2);
    }

    /** H. */
    long width() {
        return specs.get(1).shape().dim(1);
    }

    boolean hasBiases() {
        return specs.size() == biasIhIndex() + 2;
    }

    int weightIhIndex() {
        return 1 + states;
    }

    int weightHhIndex() {
        return 2 + states;
    }

    int biasIhIndex() {
        return 3 + states;
    }

    int biasHhIndex() {
        return 4 + states;
    }

    Tensor x() {
        return tensors.apply(0);
    }

    /** A state before the first step; the hidden one is number 0. */
    Tensor state(int number) {
        return tensors.apply(1 + number);
    }

    Tensor weightIh() {
        return tensors.apply(weightIhIndex());
    }

    Tensor weightHh() {
        return tensors.apply(weightHhIndex());
    }

    @Nullable
    Tensor biasIh() {
        return hasBiases() ? tensors.apply(biasIhIndex()) : null;
    }

    @Nullable
    Tensor biasHh() {
        return hasBiases() ? tensors.apply(biasHhIndex()) : null;
    }
}
