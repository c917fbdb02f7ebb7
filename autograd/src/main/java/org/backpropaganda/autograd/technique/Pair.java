package org.backpropaganda.autograd.technique;

import java.util.List;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;

/**
 * A batch norm and the activation right behind it, which nobody else reads: two links of a {@link Chain}, or one where the
 * norm has a ReLU in it, which then is the activation.
 *
 * @param norm the batch norm
 * @param activation behind it, and its link's name in the chain; the norm bears the name of the pair's own link
 * @param around what stands around the activation, or around what takes the place of both; the identity for nothing
 */
public record Pair(BatchNorm norm, NamedActivation activation, UnaryOperator<Module> around) implements Part {

    /** An activation and its link's name. */
    public record NamedActivation(String name, LeakyRelu layer) {}

    /** Whether it is one layer as it stands. */
    public boolean isOne() {
        return norm.isRectified();
    }

    /** One layer in the place of both. */
    public Part fused(Module layer) {
        return new Layer(around.apply(layer));
    }

    /** The activation as it is called. */
    Module last() {
        return around.apply(isOne() ? norm : activation.layer());
    }

    @Override
    public Module build() {
        return isOne() ? last() : new Sequential(norm, last());
    }

    @Override
    public List<Part> parts() {
        return List.of();
    }

    @Override
    public Part withParts(UnaryOperator<Part> change) {
        return this;
    }
}
