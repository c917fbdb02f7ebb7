package org.backpropaganda.reversible;

import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Concat;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;
import org.backpropaganda.reversible.abn.InPlaceAbn;
import org.backpropaganda.reversible.exact.Bdia;
import org.backpropaganda.reversible.exact.ExactCoupling;
import org.backpropaganda.reversible.exact.ExactMidpoint;
import org.backpropaganda.reversible.exact.ExactMomentum;
import org.backpropaganda.reversible.exact.FixedPoint;

/** The laws of modules, for couplings and chains of them. */
class ReversibleContractTest extends ModuleContract {
    private static final int WIDTH = 5;

    /** So fine that finite differences see no steps. */
    private static final FixedPoint FINE = new FixedPoint(18, 44);

    @Override
    protected Stream<ModuleCase> cases() {
        Input[] streams = {Input.in(6, WIDTH), Input.in(6, WIDTH)};
        Input[] images = {Input.in(2, 4, 3, 3), Input.in(2, 4, 3, 3)};
        return Stream.of(
                ModuleCase.of("coupling", factory -> coupling(factory, ReversibleContractTest::dense), streams),
                ModuleCase.of("no coupling", factory -> new ReversibleSequence(List.of()), streams),
                ModuleCase.of("one coupling", factory -> chain(factory, 1, ReversibleContractTest::dense), streams),
                ModuleCase.of("three couplings", factory -> chain(factory, 3, ReversibleContractTest::dense), streams),
                ModuleCase.of(
                        "in-place norms first in branches",
                        factory -> chain(factory, 2, ReversibleContractTest::preActivated),
                        streams),
                ModuleCase.of(
                        "in-place norms inside branches",
                        factory -> chain(factory, 2, ReversibleContractTest::normalised),
                        streams),
                ModuleCase.of("affine", ReversibleContractTest::affine, streams),
                ModuleCase.of("steps", ReversibleContractTest::steps, streams),
                ModuleCase.of("moves in front", ReversibleContractTest::moves, Input.in(2, 4, 4, 2)),
                ModuleCase.of(
                        "exact", factory -> exact(factory, f -> new ExactCoupling(dense(f), dense(f), FINE)), streams),
                ModuleCase.of(
                        "exact midpoint",
                        factory -> exact(factory, f -> new ExactMidpoint(dense(f), 0.1, FINE)),
                        streams),
                ModuleCase.of(
                        "exact momentum",
                        factory -> exact(factory, f -> new ExactMomentum(dense(f), 0.9, FINE)),
                        streams),
                ModuleCase.of("bdia", factory -> exact(factory, f -> new Bdia(dense(f), FINE)), streams),
                ModuleCase.of("images", factory -> chain(factory, 2, ReversibleContractTest::image), images),
                ModuleCase.of(
                        "a branch that is dropped",
                        factory -> new ReversibleSequence(List.of(
                                coupling(factory, ReversibleContractTest::dense),
                                new AdditiveCoupling(new Activation(ReversibleContractTest::half), dense(factory)))),
                        streams),
                ModuleCase.of(
                        "between a split and a join",
                        factory -> new Sequential(
                                new Linear(factory, 4, WIDTH, true),
                                new Doubled(),
                                chain(factory, 2, ReversibleContractTest::dense),
                                new Joined(),
                                new Linear(factory, 2L * WIDTH, 2, true)),
                        Input.in(6, 4)));
    }

    private static AdditiveCoupling coupling(ParameterFactory factory, Function<ParameterFactory, Module> branch) {
        return new AdditiveCoupling(branch.apply(factory), branch.apply(factory));
    }

    private static Module chain(ParameterFactory factory, int depth, Function<ParameterFactory, Module> branch) {
        return new ReversibleSequence(IntStream.range(0, depth)
                .mapToObj(i -> coupling(factory, branch))
                .toList());
    }

    private static Module affine(ParameterFactory factory) {
        return new ReversibleSequence(List.of(new AffineCoupling(
                new Linear(factory, WIDTH, 2L * WIDTH, true), new Linear(factory, WIDTH, 2L * WIDTH, true))));
    }

    private static Module exact(ParameterFactory factory, Function<ParameterFactory, Coupling> coupling) {
        return new ReversibleSequence(List.of(coupling.apply(factory), coupling.apply(factory)));
    }

    private static Module steps(ParameterFactory factory) {
        return new ReversibleSequence(List.of(
                Coupling.of(List.of("x1", "x2"), Update.add("x1", dense(factory), "x2"), Move.swap("x1", "x2"))));
    }

    private static Module moves(ParameterFactory factory) {
        return new ReversibleSequence(List.of(
                Coupling.of(
                        List.of("x"),
                        Move.spaceToDepth(2, "x"),
                        Move.split("x", "x1", "x2"),
                        Move.padChannels("x1", 1),
                        Move.padChannels("x2", 1)),
                coupling(factory, ReversibleContractTest::dense)));
    }

    private static Module dense(ParameterFactory factory) {
        return new Sequential(
                new Linear(factory, WIDTH, WIDTH, true),
                new BatchNorm(factory, WIDTH),
                Activation.tanh(),
                new Dropout(0.3));
    }

    /** A value that no gradient flows to, and that depends on nothing. */
    private static Variable half(Variable x) {
        return x.tape().constant(Scale.scale(x, 0, 0.5).value());
    }

    private static Module preActivated(ParameterFactory factory) {
        return new Sequential(new InPlaceAbn(factory, WIDTH, 0.5), new Linear(factory, WIDTH, WIDTH, true));
    }

    private static Module normalised(ParameterFactory factory) {
        return new Sequential(new Linear(factory, WIDTH, WIDTH, true), new InPlaceAbn(factory, WIDTH, 0.5));
    }

    private static Module image(ParameterFactory factory) {
        return new Sequential(new Conv2d(factory, 3, 3, Window.square(3, 1, 1), true), Activation.tanh());
    }

    /** One stream twice. */
    private static final class Doubled extends Module {
        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return List.of(inputs.get(0), inputs.get(0));
        }
    }

    /** Two streams side by side. */
    private static final class Joined extends Module {
        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return List.of(Concat.concat(1, inputs.toArray(Variable[]::new)));
        }
    }
}
