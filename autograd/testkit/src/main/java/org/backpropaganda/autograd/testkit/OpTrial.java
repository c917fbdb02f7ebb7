package org.backpropaganda.autograd.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** One run of an op case on a tape of its own: same case, type and seed, same numbers. */
final class OpTrial implements AutoCloseable {
    final Op op;
    final TensorScope scope;
    final Tape tape;
    final List<Tensor> inputs = new ArrayList<>();
    final List<Variable> variables = new ArrayList<>();
    final TensorSpec outputSpec;
    final Tensor dy;

    /** On a recording tape, differentiating what the case does. */
    OpTrial(Engine engine, OpCase opCase, DType dtype) {
        this(engine, opCase, dtype, TestSeed.get());
    }

    OpTrial(Engine engine, OpCase opCase, DType dtype, long seed) {
        this(engine, opCase.op(), opCase, dtype, Set.copyOf(opCase.differentiable()), true, seed);
    }

    OpTrial(Engine engine, Op op, OpCase opCase, DType dtype, Set<Integer> needs, boolean recording) {
        this(engine, op, opCase, dtype, needs, recording, TestSeed.get());
    }

    private OpTrial(
            Engine engine, Op op, OpCase opCase, DType dtype, Set<Integer> needs, boolean recording, long seed) {
        this.op = op;
        scope = engine.scope("trial");
        SplittableRandom random = new SplittableRandom(seed);
        for (Input input : opCase.inputs()) {
            inputs.add(input.draw(scope, dtype, random));
        }
        outputSpec = op.infer(inputs.stream().map(Tensor::spec).toList());
        dy = Input.in(outputSpec.shape()).draw(scope, outputSpec.dtype(), random);
        tape = recording
                ? Tape.training(scope, seed)
                : Tape.builder(scope).seed(seed).notRecording().build();
        for (int i = 0; i < inputs.size(); i++) {
            variables.add(needs.contains(i) ? tape.leaf(inputs.get(i)) : tape.constant(inputs.get(i)));
        }
    }

    Variable forward() {
        return tape.apply(op, variables.toArray(Variable[]::new));
    }

    List<double @Nullable []> backward(Variable... outputs) {
        List<Tensor> cotangents = new ArrayList<>();
        for (int i = 0; i < outputs.length; i++) {
            cotangents.add(dy);
        }
        tape.backward(List.of(outputs), cotangents).close();
        return gradients();
    }

    List<double @Nullable []> gradients() {
        List<double @Nullable []> all = new ArrayList<>();
        for (Variable variable : variables) {
            Tensor gradient = tape.gradient(variable);
            all.add(gradient == null ? null : gradient.toDoubles());
        }
        return all;
    }

    Operands operands() {
        return new Operands(
                variables.stream().map(Variable::spec).toList(),
                variables.stream().map(Variable::requiresGradient).toList());
    }

    Saves saves() {
        return op.isView() ? Saves.none() : op.saves(operands());
    }

    @Override
    public void close() {
        tape.close();
        scope.close();
    }
}
