package org.backpropaganda.synthetic.probe;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Callee;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.ModuleCall;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeMode;
import org.backpropaganda.autograd.graph.TapeSite;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.DecoupledSequence;
import org.backpropaganda.synthetic.predictor.GradientPredictor;
import org.jspecify.annotations.Nullable;

/**
 * Compares the predictions at the boundaries of a {@link DecoupledSequence} with the gradients of backpropagation on the same weights,
 * batch and random seed. It computes what a step would, and changes nothing: effects, as of running statistics, are held back, and
 * gradients of parameters are thrown away.
 *
 * <pre>{@code
 * List<BoundaryFidelity> fidelities = GradientProbe.of(
 *         sequence, x, labels, seed, scope,
 *         (tape, y) -> SoftmaxCrossEntropy.crossEntropy(y, tape.constant(labels)));
 * }</pre>
 *
 * <p>The sequence is the outermost module: within others, random numbers are those of other calls than the step's.
 *
 * <p>Cost: a step of plain backpropagation, all of whose activations live at once, and of each predictor a forward.
 */
public final class GradientProbe {
    private GradientProbe() {}

    /** A mean over the batch. */
    @FunctionalInterface
    public interface Loss {
        /**
         * Computes it.
         *
         * @param tape where y is, which labels have to enter
         * @param y the result of the last module
         */
        Variable of(Tape tape, Variable y);
    }

    /**
     * Probes.
     *
     * @param x the input. Not modified
     * @param labels for predictors that are conditioned; null where none is. Not modified
     * @param seed of the step
     * @param scope holds the batch, and what is computed until the end
     * @return one for each boundary
     */
    public static List<BoundaryFidelity> of(
            DecoupledSequence sequence, Tensor x, @Nullable Tensor labels, long seed, TensorScope scope, Loss loss) {
        if (sequence.predictors().isEmpty()) {
            return List.of();
        }
        Pass pass = new Pass(sequence, labels, loss, new ArrayList<>());
        try (TensorScope step = scope.child();
                Tape tape = Tape.builder(step).seed(seed).notRecording().build();
                ModuleCall call = tape.enterPart(sequence)) {
            tape.apply(pass, List.of(tape.constant(x)));
            call.returning(List.of());
        }
        return List.copyOf(pass.found());
    }

    /**
     * The whole pass, as a part of the step that computes it again.
     *
     * @param found filled by the last boundary first, in the order of the boundaries in the end
     */
    private record Pass(
            DecoupledSequence sequence, @Nullable Tensor labels, Loss loss, List<BoundaryFidelity> found)
            implements Segment {

        @Override
        public String name() {
            return "gradient probe";
        }

        @Override
        public List<Parameter> parameters() {
            return sequence.trainedParameters();
        }

        @Override
        public Result forward(SegmentForward call) {
            try (Gradients thrownAway = new Gradients(call.scope())) {
                differentiate(call, thrownAway, 0, call.input(0));
            }
            return new Result(List.of(call.scope().share(call.input(0))), backward -> {});
        }

        /**
         * Runs a module and all behind it, and differentiates them.
         *
         * @return the gradient of h, owned by the call's scope; null where nothing depends on it
         */
        private @Nullable Tensor differentiate(SegmentForward call, Gradients gradients, int k, Tensor h) {
            List<Module> modules = sequence.modules();
            TapeMode mode = k == 0 ? TapeMode.SILENT : TapeMode.RECORDING;
            try (Tape tape = call.tape(TapeSite.again(call.site()), mode, gradients)) {
                Variable input = k > 0 && h.dtype().isDifferentiable() ? tape.leaf(h) : tape.constant(h);
                Variable output = modules.get(k).call(input);
                if (k == modules.size() - 1) {
                    tape.backward(loss.of(tape, output));
                } else {
                    Tensor truth = differentiate(call, gradients, k + 1, output.value());
                    Tensor predicted = predict(call, k, output.value());
                    found.add(0, BoundaryFidelity.of(k, predicted, truth));
                    predicted.close();
                    if (truth != null) {
                        if (output.requiresGradient()) {
                            tape.backward(List.of(output), List.of(truth));
                        }
                        truth.close();
                    }
                }
                Tensor gradient = tape.gradient(input);
                return gradient == null ? null : call.scope().share(gradient);
            }
        }

        private Tensor predict(SegmentForward call, int k, Tensor h) {
            GradientPredictor predictor = sequence.predictors().get(k);
            try (Tape silent = call.tape(TapeSite.again(call.site()), TapeMode.SILENT);
                    ModuleCall asked = silent.enterPart(new Asking(k))) {
                List<Variable> inputs = labels != null && predictor.isConditioned()
                        ? List.of(silent.constant(h), silent.constant(labels))
                        : List.of(silent.constant(h));
                Tensor perPosition =
                        asked.returning(predictor.call(inputs)).get(0).value();
                Tensor prediction = call.scope().allocate(h.shape(), h.dtype());
                double positions = (double) h.elements() / h.shape().dim(-1);
                Kernels.of(h).eltwise().forward(EltwiseKernel.Function.SCALE, 1 / positions, perPosition, prediction);
                return prediction;
            }
        }
    }

    /** Whose call a predictor's is. */
    private record Asking(int number) implements Callee {
        @Override
        public String nameOf(Callee child) {
            return Integer.toString(number);
        }
    }
}
