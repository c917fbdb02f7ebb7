package org.backpropaganda.autograd.testkit.random;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Embedding;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** A random model, built. Called with an input for each source, and labels if a head needs them. */
final class Assembled extends Module {
    private final RandomModel model;
    private final List<@Nullable Module> readers = new ArrayList<>();
    private final Module body;
    private final List<Module> heads = new ArrayList<>();

    Assembled(RandomModel model, Building building) {
        this.model = model;
        for (RandomModel.Source source : model.sources()) {
            readers.add(
                    source == RandomModel.Source.TOKENS
                            ? register(
                                    "source" + readers.size(),
                                    new Embedding(
                                            building.factory(),
                                            RandomModel.ROWS,
                                            model.shape().dim(-1)))
                            : null);
        }
        body = register("body", model.body().build(building, model.shape()));
        for (RandomModel.Head head : model.heads()) {
            heads.add(register("head" + heads.size(), head.body().build(building, model.shape())));
        }
        if (building.factory().scope().engine().hasMemory()) {
            stir(model.seed());
        }
    }

    /** Gives every parameter numbers that are neither zero nor one, by its name alone. */
    private void stir(long seed) {
        Set<Parameter> met = new HashSet<>();
        new TreeMap<>(parameters()).forEach((path, parameter) -> {
            SplittableRandom random = new SplittableRandom(seed + path.hashCode());
            if (met.add(parameter)) {
                Tensor value = parameter.value();
                double[] numbers = value.toDoubles();
                for (int i = 0; i < numbers.length; i++) {
                    numbers[i] = (float) (numbers[i] + random.nextDouble(-0.4, 0.4));
                }
                value.set(numbers);
            }
        });
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        List<Variable> read = new ArrayList<>();
        for (int i = 0; i < readers.size(); i++) {
            Module reader = readers.get(i);
            read.add(reader == null ? inputs.get(i) : reader.call(inputs.get(i)));
        }
        Variable y = body.call(read.stream().reduce(Add::add).orElseThrow());
        List<Variable> results = new ArrayList<>();
        for (int i = 0; i < heads.size(); i++) {
            Variable result = heads.get(i).call(Identity.hold(y));
            results.add(model.heads().get(i).isLoss() ? loss(result, inputs.get(inputs.size() - 1)) : result);
        }
        return results;
    }

    private static Variable loss(Variable y, Variable labels) {
        Shape shape = y.shape();
        long classes = shape.dim(-1);
        return SoftmaxCrossEntropy.crossEntropy(Reshape.reshape(y, shape.elements() / classes, classes), labels);
    }
}
