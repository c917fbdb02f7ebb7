package org.backpropaganda.reversible.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.reversible.AdditiveCoupling;
import org.backpropaganda.reversible.AffineCoupling;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Scaling;
import org.backpropaganda.reversible.Step;
import org.backpropaganda.reversible.block.GroupAdditive;
import org.backpropaganda.reversible.block.IRevNetBlock;
import org.backpropaganda.reversible.block.MomentumResidual;
import org.backpropaganda.reversible.exact.Bdia;
import org.backpropaganda.reversible.exact.ExactCoupling;
import org.backpropaganda.reversible.exact.ExactMidpoint;
import org.backpropaganda.reversible.exact.ExactMomentum;
import org.backpropaganda.reversible.exact.FixedPoint;
import org.backpropaganda.reversible.ode.LeapfrogCoupling;
import org.backpropaganda.reversible.ode.MidpointCoupling;

/**
 * A kind of coupling of two streams.
 *
 * @param name of it
 * @param coupling of two modules that keep the shape of a stream
 */
record CouplingKind(String name, BiFunction<Module, Module, Coupling> coupling) {
    /** Those of published networks, with scales that stay near 1, so that a few of them drift by rounding alone. */
    static final List<CouplingKind> PUBLISHED = List.of(
            new CouplingKind("additive", AdditiveCoupling::new),
            new CouplingKind(
                    "affine", (f, g) -> new AffineCoupling(new Twice(f), new Twice(g), Scaling.softClamp(0.25))),
            new CouplingKind("grouped", (f, g) -> new GroupAdditive(List.of(f, g))),
            oneEach("momentum", f -> new MomentumResidual(f, 0.8)),
            oneEach("i-revnet", IRevNetBlock::new),
            oneEach("midpoint", f -> new MidpointCoupling(f, 0.3)),
            oneEach("leapfrog", f -> new LeapfrogCoupling(f, 0.5)));

    /** Of a range that random models hardly leave, ±2^20 in FLOAT; bits are compared however coarse its steps are. */
    private static final FixedPoint WIDE = new FixedPoint(4, 24);

    /** Those in fixed point. */
    static final List<CouplingKind> EXACT = List.of(
            new CouplingKind("exact", (f, g) -> new ExactCoupling(f, g, WIDE)),
            new CouplingKind("bdia", (f, g) -> new Bdia(new Sequential(f, g), WIDE)),
            new CouplingKind("exact-momentum", (f, g) -> new ExactMomentum(new Sequential(f, g), 0.8, WIDE)),
            new CouplingKind("exact-midpoint", (f, g) -> new ExactMidpoint(new Sequential(f, g), 0.25, WIDE)));

    /** Two couplings of one function each as one. */
    private static CouplingKind oneEach(String name, Function<Module, Coupling> coupling) {
        return new CouplingKind(name, (f, g) -> {
            Coupling first = coupling.apply(f);
            List<Step> steps = new ArrayList<>(first.steps());
            steps.addAll(coupling.apply(g).steps());
            return Coupling.of(first.streams(), steps.toArray(Step[]::new));
        });
    }

    @Override
    public String toString() {
        return name;
    }

    /** The result of a module as scale and as shift. */
    private static final class Twice extends Module {
        private final Module module;

        Twice(Module module) {
            this.module = register("", module);
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            Variable y = module.call(inputs.get(0));
            return List.of(y, Identity.hold(y));
        }
    }
}
