package org.backpropaganda.experiments.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.DecoupledSequence;

/** A model arranged for a strategy. Its parameters bear the names of the plain arrangement, whatever the strategy. */
public final class Model {
    private final Architecture architecture;
    private final Strategy strategy;
    private final Module module;
    private final Taps taps = new Taps();
    private final Map<String, Parameter> parameters;
    private final Map<String, Tensor> buffers;

    private Model(Architecture architecture, Strategy strategy) {
        this.architecture = architecture;
        this.strategy = strategy;
        Module plain = architecture.assemble(Strategy.PLAIN, new Taps());
        this.parameters = new LinkedHashMap<>(plain.parameters());
        this.buffers = new LinkedHashMap<>(plain.buffers());
        this.module = architecture.assemble(strategy, taps);
    }

    /**
     * Makes a model: the same seed gives the same weights under every strategy.
     *
     * @throws org.backpropaganda.experiments.UserException if the strategy does not fit the model
     */
    public static Model create(ModelSpec spec, Strategy strategy, TensorScope scope, long seed) {
        spec.check(strategy);
        return new Model(Architecture.of(spec, new ParameterFactory(scope, spec.dtype(), seed)), strategy);
    }

    /** The arranged module. */
    public Module module() {
        return module;
    }

    /** Logits [B, classes] of images [B, H, W, C]. */
    public Variable logits(Variable images, Variable labels) {
        List<Variable> inputs = strategy.has(Strategy.Technique.DECOUPLED) ? List.of(images, labels) : List.of(images);
        return module.call(inputs).get(0);
    }

    /** The model's parameters; those of gradient predictors are not among them. */
    public Map<String, Parameter> parameters() {
        return parameters;
    }

    /** The model's buffers. */
    public Map<String, Tensor> buffers() {
        return buffers;
    }

    /** The parameters of gradient predictors, if the strategy has any. */
    public List<Parameter> predictorParameters() {
        return module instanceof DecoupledSequence decoupled ? decoupled.predictorParameterList() : List.of();
    }

    /** The gradient predictors in order, if the strategy has any. */
    public List<? extends Module> predictors() {
        return module instanceof DecoupledSequence decoupled ? decoupled.predictors() : List.of();
    }

    /** What a run listens to. */
    public Taps taps() {
        return taps;
    }

    /** How many evaluations of whole blocks the counted functions amount to. */
    public double blockEvaluations(long counted) {
        return (double) counted / architecture.countsPerBlock();
    }

    /** How many pairs of batch norm and activation work in place under the strategy. */
    public int abnPairs() {
        return strategy.has(Strategy.Technique.ABN) ? architecture.abnPairs() : 0;
    }
}
