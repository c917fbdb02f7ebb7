package org.backpropaganda.autograd.nn;

import static org.backpropaganda.autograd.testkit.Input.in;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.check.GradientCheck;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Rnn.Nonlinearity;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;
import org.backpropaganda.autograd.testkit.TestSeed;

class RecurrentLayersTest extends ModuleContract {
    @Override
    protected GradientCheck gradientCheck() {
        return GradientCheck.seeded(TestSeed.get()).elementwiseUpTo(12, 3);
    }

    @Override
    protected Stream<ModuleCase> cases() {
        RecurrentSettings all =
                RecurrentSettings.layers(2).inBothDirections().withDropout(0.3).forBatchFirst();
        return Stream.of(
                ModuleCase.of("LSTM", factory -> new Lstm(factory, 3, 4), in(5, 2, 3)),
                ModuleCase.of(
                        "LSTM that keeps its gates",
                        factory -> new Lstm(
                                factory, 3, 4, RecurrentSettings.layers(2).withKeptGates()),
                        in(5, 2, 3)),
                ModuleCase.of(
                        "LSTM with states", factory -> new Lstm(factory, 3, 4), in(5, 2, 3), in(1, 2, 4), in(1, 2, 4)),
                ModuleCase.of(
                        "LSTM of two layers in both directions",
                        factory -> new Lstm(factory, 3, 2, all),
                        in(2, 3, 3),
                        in(4, 2, 2),
                        in(4, 2, 2)),
                ModuleCase.of(
                                "LSTM with constant states",
                                RecurrentLayersTest::constantStates,
                                in(3, 2, 3),
                                in(2, 2, 2),
                                in(2, 2, 2))
                        .approximately(
                                "input 0",
                                "input 1",
                                "input 2",
                                "weight_ih_l0",
                                "weight_hh_l0",
                                "bias_ih_l0",
                                "bias_hh_l0",
                                "weight_ih_l1",
                                "weight_hh_l1",
                                "bias_ih_l1",
                                "bias_hh_l1"),
                ModuleCase.of(
                        "LSTM with constant states, by its outputs",
                        factory -> new FirstResult(constantStates(factory)),
                        in(3, 2, 3),
                        in(2, 2, 2),
                        in(2, 2, 2)),
                ModuleCase.of("GRU", factory -> new Gru(factory, 3, 4), in(5, 2, 3)),
                ModuleCase.of(
                        "GRU of two layers in both directions",
                        factory -> new Gru(factory, 3, 2, all.withoutBiases()),
                        in(2, 3, 3),
                        in(4, 2, 2)),
                ModuleCase.of("plain cells", factory -> new Rnn(factory, 3, 4), in(5, 2, 3), in(1, 2, 4)),
                ModuleCase.of(
                        "plain cells of two layers",
                        factory -> new Rnn(factory, 3, 2, Nonlinearity.TANH, RecurrentSettings.layers(2)),
                        in(3, 2, 3)),
                ModuleCase.of("LSTM cell", factory -> new LstmCell(factory, 3, 4, true), in(2, 3), in(2, 4), in(2, 4)),
                ModuleCase.of("GRU cell", factory -> new GruCell(factory, 3, 4, false), in(2, 3), in(2, 4)),
                ModuleCase.of(
                        "plain cell",
                        factory -> new RnnCell(factory, 3, 4, Nonlinearity.TANH, true),
                        in(2, 3),
                        in(2, 4)));
    }

    private static Lstm constantStates(ParameterFactory factory) {
        return new Lstm(factory, 3, 2, RecurrentSettings.layers(2).withConstantStates());
    }

    /** A module of which the first result alone is used. */
    private static final class FirstResult extends Module {
        private final Module body;

        FirstResult(Module body) {
            this.body = register("", body);
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return body.call(inputs).subList(0, 1);
        }
    }
}
