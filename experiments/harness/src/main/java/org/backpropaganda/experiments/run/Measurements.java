package org.backpropaganda.experiments.run;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.backpropaganda.autograd.technique.SelfTrained;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.MemoryLedger;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.checkpointing.planner.Plan;
import org.backpropaganda.experiments.model.LossModule;
import org.backpropaganda.experiments.model.Model;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.peak.Peak;
import org.backpropaganda.reversible.abn.InPlaceReport;
import org.jspecify.annotations.Nullable;

/** The figures of one run, as it goes. */
final class Measurements {
    private final Engine engine;
    private final MemoryLedger ledger;
    private final Model model;
    private final @Nullable String coupling;
    private final List<Double> millis = new ArrayList<>();
    private final List<RunResult.StepPoint> course = new ArrayList<>();
    private double firstMillis;
    private double tracedMillis;
    private long stepStart;
    private long savedActivationBytes;
    private long evaluationsBefore;
    private long evaluations;
    private int steps;
    private int losses;
    private double lossFirst;
    private double lossLast;
    private @Nullable Long processBaseBytes;
    private @Nullable Long processPeakBytes;
    private long peakActivationBytes;
    private long peakBytes;
    private long reservedPeakBytes;
    private @Nullable Long offloadedPeakBytes;
    private long primitiveBytes;
    private Map<MemoryKind, Long> peakByKind = Map.of();
    private @Nullable Double stepLoss;
    private @Nullable Peak peak;

    Measurements(Engine engine, Model model, @Nullable String coupling) {
        this.engine = engine;
        this.ledger = engine.ledger();
        this.model = model;
        this.coupling = coupling;
    }

    void begin() {
        System.gc();
        ProcessMemory.resetPeak();
        processBaseBytes = ProcessMemory.residentBytes();
    }

    /** Peaks are of the steps after the first: what the first allocates for good is then part of what is live. */
    void beginStep(int number) {
        if (number == 1) {
            engine.trim();
            ProcessMemory.resetPeak();
        }
        if (number <= 1) {
            engine.resetPeaks();
            forget();
        }
        stepLoss = null;
        evaluationsBefore = model.taps().evaluations().get();
        stepStart = System.nanoTime();
    }

    void afterLoss(double loss) {
        atLoss();
        loss(loss);
    }

    /** Activations are what they are between a loss and its backward. */
    void atLoss() {
        savedActivationBytes = ledger.liveBytes(MemoryKind.ACTIVATION);
    }

    /** The loss of the next batch. */
    void loss(double loss) {
        lossFirst = losses == 0 ? loss : lossFirst;
        losses++;
        stepLoss = loss;
        lossLast = loss;
    }

    void afterBackward() {
        evaluations = model.taps().evaluations().get() - evaluationsBefore;
    }

    void endStep(int number, boolean traced) {
        double elapsed = (System.nanoTime() - stepStart) / 1e6;
        if (number == 0) {
            firstMillis = elapsed;
        } else if (traced) {
            tracedMillis = elapsed;
        } else {
            millis.add(elapsed);
        }
        steps++;
        course.add(new RunResult.StepPoint(
                number, stepLoss == null || Double.isNaN(stepLoss) ? null : stepLoss, ledger.peakBytes()));
        take();
        ledger.resetPeak();
    }

    /**
     * A run is done that was one call.
     *
     * @param apart milliseconds between one batch's loss and the next's
     */
    void endAll(int made, List<Double> apart) {
        steps = made;
        millis.addAll(apart);
        evaluations = (model.taps().evaluations().get() - evaluationsBefore) / made;
    }

    /**
     * Who was alive at the peak of a step that has just been made.
     *
     * @throws IllegalStateException if the ledger's peak was another
     */
    void peak(Peak alive, long ledgerBytes) {
        if (alive.bytes() != ledgerBytes) {
            throw new IllegalStateException("peak: those who were alive hold " + alive.bytes() + " bytes, and the ledger counted "
                    + ledgerBytes + "; watch the engine from the beginning of the step, with one thread at work");
        }
        peak = alive;
    }

    /** What comes now is no part of the run: its peaks are not the run's. */
    void pause() {
        take();
    }

    /** The run goes on. */
    void goOn() {
        engine.trim();
        engine.resetPeaks();
        ProcessMemory.resetPeak();
    }

    void end() {
        take();
        primitiveBytes = engine.primitiveBytes();
    }

    private void forget() {
        processPeakBytes = null;
        peakActivationBytes = 0;
        peakBytes = 0;
        peakByKind = Map.of();
        reservedPeakBytes = 0;
        offloadedPeakBytes = null;
    }

    /** Takes the peaks since they were reset, where they are higher than those before. */
    private void take() {
        processPeakBytes = higher(processPeakBytes, ProcessMemory.peakBytes());
        peakActivationBytes = Math.max(peakActivationBytes, ledger.peakBytes(MemoryKind.ACTIVATION));
        if (ledger.peakBytes() > peakBytes) {
            peakBytes = ledger.peakBytes();
            peakByKind = ledger.atPeak();
        }
        reservedPeakBytes = Math.max(reservedPeakBytes, engine.peakReservedBytes());
        long offloaded = ledger.peakOffloadedBytes();
        offloadedPeakBytes = higher(offloadedPeakBytes, offloaded == 0 ? null : offloaded);
    }

    private static @Nullable Long higher(@Nullable Long before, @Nullable Long now) {
        return before == null || (now != null && now > before) ? now : before;
    }

    private RunResult.Millis stepMillis() {
        if (millis.isEmpty()) {
            millis.add(tracedMillis > 0 ? tracedMillis : firstMillis);
        }
        Collections.sort(millis);
        return new RunResult.Millis(millis.get(millis.size() / 2), millis.get(0), millis.get(millis.size() - 1));
    }

    private String abnSavings(RunConfig config) {
        ModelSpec spec = TrainingData.specOf(config);
        Shape images = Shape.of(config.largestMicroBatch(), spec.height(), spec.columns(), spec.channels());
        return InPlaceReport.of(
                        new LossModule(model),
                        new TensorSpec(images, spec.dtype()),
                        new TensorSpec(Shape.of(config.largestMicroBatch()), DType.INT))
                .toString();
    }

    RunResult result(
            RunConfig config,
            Strategy strategy,
            long syntheticStateBytes,
            Map<String, Object> savings,
            RunResult.@Nullable GradientFidelity fidelity,
            List<ProbePoint> probe,
            @Nullable ThreadedRun threads,
            double testAccuracy) {
        long parameterBytes = model.parameters().values().stream()
                        .mapToLong(p -> p.value().bytes())
                        .sum()
                + model.buffers().values().stream().mapToLong(b -> b.bytes()).sum();
        Map<String, Long> byKind = new TreeMap<>();
        peakByKind.forEach((kind, bytes) -> byKind.put(kind.name(), bytes));
        return new RunResult(
                strategy.toString(),
                config.shape().model(),
                coupling,
                config.shape().depth(),
                config.batch(),
                savedActivationBytes,
                peakActivationBytes,
                peakBytes,
                model.plan().map(Plan::predictedPeakBytes).orElse(null),
                byKind,
                reservedPeakBytes,
                offloadedPeakBytes,
                primitiveBytes,
                parameterBytes,
                syntheticStateBytes,
                processPeakBytes,
                processBaseBytes,
                stepMillis(),
                model.blockEvaluations(evaluations) / config.accumulate(),
                model.abnPairs(),
                model.abnPairs() > 0 && !(model.module() instanceof SelfTrained) ? abnSavings(config) : null,
                savings,
                fidelity,
                probe,
                threads == null ? List.of() : threads.modules(),
                threads == null ? null : threads.stepsPerSecond(),
                lossFirst,
                lossLast,
                testAccuracy,
                steps,
                List.copyOf(course),
                peak);
    }
}
