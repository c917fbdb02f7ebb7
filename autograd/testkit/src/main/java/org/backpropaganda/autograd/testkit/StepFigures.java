package org.backpropaganda.autograd.testkit;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.TapeObserver;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.LayerSummary;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.MemoryLedger;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** The bytes of a training step, as a summary predicts them or a ledger has seen them. */
public record StepFigures(
        Map<String, Long> savedBytesByPath,
        long savedBytes,
        OptionalLong peakForwardBytes,
        OptionalLong peakActivationBytes,
        Map<MemoryKind, Long> peakBytes,
        OptionalLong peakTotalBytes) {

    /** As predicted. */
    public static StepFigures predicted(ModelSummary summary) {
        Map<String, Long> byPath = summary.layers().stream()
                .filter(layer -> layer.savedBytes() > 0)
                .collect(Collectors.toMap(LayerSummary::path, LayerSummary::savedBytes, Long::sum, TreeMap::new));
        return new StepFigures(
                byPath,
                summary.savedBytes(),
                summary.peakForwardBytes(),
                summary.peakActivationBytes(),
                summary.peakBytes(),
                summary.peakTotalBytes());
    }

    /** As measured in a step of a model on copies of tensors with values, which enter as constants. */
    public static StepFigures measured(Module model, List<Tensor> inputs) {
        return measured(model, inputs, tape -> {});
    }

    /**
     * As measured in a step of a model on copies of tensors with values, which enter as constants.
     *
     * @param settings sets the tape up, as with a policy for what is saved
     */
    public static StepFigures measured(Module model, List<Tensor> inputs, Consumer<TapeBuilder> settings) {
        Engine engine = inputs.get(0).engine();
        MemoryLedger ledger = engine.ledger();
        engine.resetPeaks();
        Map<MemoryKind, Long> before = ledger.atPeak();
        long kept = ledger.liveBytes();
        long notOfThisStep = activationsAndResults(ledger);
        AtomicLong peak = new AtomicLong();
        AtomicBoolean differentiates = new AtomicBoolean();
        TapeObserver observer = new TapeObserver() {
            @Override
            public void gradient(String op, String path, Tensor gradient) {
                differentiates.set(true);
            }
        };
        try (TensorScope scope = engine.scope("");
                Tape tape = tape(scope, observer, settings)) {
            ledger.listen((event, kind, path, delta, l) ->
                    peak.accumulateAndGet(activationsAndResults(l) - notOfThisStep, Math::max));
            List<Variable> outputs = model.call(inputs.stream()
                    .map(input -> scope.allocate(input.shape(), input.dtype(), MemoryKind.INPUT)
                            .copyFrom(input))
                    .map(tape::constant)
                    .toList());
            ledger.listen(null);
            Map<String, Long> byPath = ledger.largestHolders(Integer.MAX_VALUE).stream()
                    .filter(usage -> usage.kind() == MemoryKind.ACTIVATION)
                    .collect(Collectors.toMap(
                            MemoryLedger.Usage::path, MemoryLedger.Usage::bytes, Long::sum, TreeMap::new));
            OptionalLong peakForward = differentiates.get() ? OptionalLong.empty() : OptionalLong.of(peak.get());
            long saved = ledger.liveBytes(MemoryKind.ACTIVATION);
            List<Variable> differentiated =
                    outputs.stream().filter(Variable::requiresGradient).toList();
            if (differentiated.isEmpty()) {
                return new StepFigures(
                        byPath, saved, peakForward, OptionalLong.empty(), Map.of(), OptionalLong.empty());
            }
            List<Tensor> gradients = differentiated.stream()
                    .map(y -> scope.allocate(y.shape(), y.dtype()).fill(1))
                    .toList();
            tape.backward(differentiated, gradients).close();
            return new StepFigures(
                    byPath,
                    saved,
                    peakForward,
                    OptionalLong.of(ledger.peakBytes(MemoryKind.ACTIVATION)),
                    peaks(ledger, before),
                    OptionalLong.of(ledger.peakBytes() - kept));
        }
    }

    private static Tape tape(TensorScope scope, TapeObserver observer, Consumer<TapeBuilder> settings) {
        TapeBuilder builder = Tape.builder(scope).seed(TestSeed.get()).share(1);
        settings.accept(builder);
        return builder.observer(observer).build();
    }

    private static Map<MemoryKind, Long> peaks(MemoryLedger ledger, Map<MemoryKind, Long> before) {
        Map<MemoryKind, Long> peaks = new EnumMap<>(MemoryKind.class);
        for (MemoryKind kind : MemoryKind.values()) {
            if (kind != MemoryKind.PARAMETER && kind != MemoryKind.OPTIMIZER) {
                peaks.put(kind, ledger.peakBytes(kind) - before.getOrDefault(kind, 0L));
            }
        }
        return peaks;
    }

    private static long activationsAndResults(MemoryLedger ledger) {
        return ledger.liveBytes(MemoryKind.ACTIVATION)
                + ledger.liveBytes(MemoryKind.TEMPORARY)
                + ledger.liveBytes(MemoryKind.GRADIENT);
    }
}
