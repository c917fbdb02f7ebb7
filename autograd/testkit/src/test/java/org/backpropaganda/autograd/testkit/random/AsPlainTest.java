package org.backpropaganda.autograd.testkit.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.UnaryOperator;
import net.jqwik.api.Example;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Dropout;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** A technique that breaks its promise is caught, and shown by the smallest model that it breaks it on. */
class AsPlainTest {
    /** Not for jqwik: it is run by hand. */
    private static final class Contract extends RandomModelContract {
        private final Candidate technique;

        Contract(UnaryOperator<Module> wrapper) {
            technique = Candidate.around("lie", wrapper);
        }

        @Override
        protected List<Candidate> techniques() {
            return List.of(technique);
        }
    }

    private static void assertCaught(UnaryOperator<Module> wrapper, String model, String says) {
        assertThatThrownBy(() -> new Contract(wrapper).everyModelIsAsPlain())
                .isInstanceOf(AssertionError.class)
                .hasMessageMatching("(?s)smallest model that fails: DOUBLE.[12], 1., seed.*")
                .hasMessageContaining(": values -> " + model)
                .hasMessageContaining(says);
    }

    /** A wrapper without a trace in names. */
    private static Module wrapped(Module body, UnaryOperator<Variable> after) {
        return new UnaryModule() {
            private final Module inner = register("", body);

            @Override
            protected Variable forward(Variable x) {
                return after.apply(inner.call(x));
            }
        };
    }

    @Example
    void anHonestWrapperPasses() {
        new Contract(body -> wrapped(body, y -> y)).everyModelIsAsPlain();
    }

    @Example
    void anotherValue() {
        assertCaught(body -> wrapped(body, y -> Scale.scale(y, 1 + 1e-15)), "lie(scale) -> ()", "output 0");
    }

    @Example
    void anotherGradient() {
        assertCaught(body -> wrapped(body, y -> y.tape().apply(new Steeper(), y)), "lie(scale) -> ()", "input 0");
    }

    @Example
    void aLostGradient() {
        assertCaught(body -> wrapped(body, y -> y.tape().constant(y.value())), "lie(scale) -> ()", "input 0");
    }

    @Example
    void aMaskOfItsOwn() {
        assertCaught(
                body -> wrapped(body, y -> Dropout.dropout(y, 0.5, y.tape().key())), "lie(scale) -> ()", "output 0");
    }

    @Example
    void anActivationThatIsNotFreed() {
        assertCaught(body -> wrapped(body, AsPlainTest::leaking), "lie(scale) -> ()", "ACTIVATION after backward");
    }

    /** Saves something on a tape that nobody closes before the step ends. */
    private static Variable leaking(Variable y) {
        TensorScope beside = y.value().engine().scope("");
        if (y.value().hasValues()) {
            Tensor copy = beside.allocate(y.shape(), y.dtype()).copyFrom(y.value());
            Tanh.tanh(Tape.training(beside, 1).leaf(copy));
        }
        return y;
    }

    @Example
    void bytesThatShapesDoNotTell() {
        assertCaught(
                body -> wrapped(body, y -> {
                    if (y.value().hasValues()) {
                        Scale.scale(y, 1);
                    }
                    return y;
                }),
                "lie(scale) -> ()",
                "bytes as predicted from shapes");
    }

    @Example
    void statisticsThatMoveTwice() {
        assertCaught(
                body -> wrapped(body, y -> {
                    body.buffers().values().forEach(buffer -> buffer.fill(3));
                    return y;
                }),
                "lie(batch norm) -> ",
                "buffer");
    }

    @Example
    void aModelTellsWhatItIs() {
        RandomModel model = RandomModels.of().sample(1, 5).findFirst().orElseThrow();
        assertThat(model.toString()).contains(model.dtype() + "" + model.shape(), "seed " + model.seed(), " -> ");
    }
}
