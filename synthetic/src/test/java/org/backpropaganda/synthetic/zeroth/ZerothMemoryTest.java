package org.backpropaganda.synthetic.zeroth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.MemoryLedger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ZerothMemoryTest {
    /** Bytes over those that were there, at the most of each kind and of all. */
    private record Peak(long all, Map<MemoryKind, Long> kinds) {
        long of(MemoryKind kind) {
            return kinds.get(kind);
        }
    }

    private static Peak peak(ZerothTrial trial, Runnable what) {
        MemoryLedger ledger = trial.engine.ledger();
        Map<MemoryKind, Long> base = new EnumMap<>(MemoryKind.class);
        for (MemoryKind kind : MemoryKind.values()) {
            base.put(kind, ledger.liveBytes(kind));
        }
        long all = ledger.liveBytes();
        ledger.resetPeak();
        what.run();
        Map<MemoryKind, Long> over = new EnumMap<>(MemoryKind.class);
        for (MemoryKind kind : MemoryKind.values()) {
            assertThat(ledger.liveBytes(kind)).as("%s left", kind).isEqualTo(base.get(kind));
            over.put(kind, ledger.peakBytes(kind) - base.get(kind));
        }
        return new Peak(ledger.peakBytes() - all, over);
    }

    private static void pass(ZerothTrial trial, Module model) {
        try (Tape tape = Tape.builder(trial.root).seed(3).notRecording().build()) {
            assertThat(trial.loss(model).apply(tape).shape().rank()).isZero();
        }
    }

    private static long bytes(List<Parameter> parameters) {
        return parameters.stream()
                .mapToLong(parameter -> parameter.value().bytes())
                .sum();
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void mezoHoldsAForwardPassAndACopyOfTheWeights(DType dtype) {
        try (ZerothTrial trial = new ZerothTrial(dtype)) {
            Module model = trial.model();
            List<Parameter> parameters = model.parameterList();
            Mezo mezo = Mezo.builder(0.01).samples(3).build(parameters, trial.root);
            pass(trial, model);
            Peak forward = peak(trial, () -> pass(trial, model));
            Peak step = peak(trial, () -> mezo.step(3, trial.loss(model)));
            assertThat(step.of(MemoryKind.PARAMETER)).isEqualTo(bytes(parameters));
            assertThat(step.all()).isEqualTo(forward.all() + bytes(parameters));
            assertThat(List.of(MemoryKind.ACTIVATION, MemoryKind.GRADIENT, MemoryKind.OPTIMIZER))
                    .allSatisfy(kind -> assertThat(step.of(kind)).as("%s", kind).isZero());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void mezoInPlaceHoldsAForwardPassAndNothingElse(DType dtype) {
        try (ZerothTrial trial = new ZerothTrial(dtype)) {
            Module model = trial.model();
            Mezo mezo = Mezo.builder(0.01).samples(3).inPlace().build(model.parameterList(), trial.root);
            pass(trial, model);
            Peak forward = peak(trial, () -> pass(trial, model));
            Peak step = peak(trial, () -> mezo.step(3, trial.loss(model)));
            assertThat(step.kinds()).isEqualTo(forward.kinds());
            assertThat(step.all()).isEqualTo(forward.all());
        }
    }

    @Test
    void forwardGradientHoldsWhatBackpropagationSavesAndOneGradient() {
        try (ZerothTrial trial = new ZerothTrial(DType.FLOAT)) {
            Module model = trial.model();
            List<Parameter> parameters = model.parameterList();
            ForwardGradient forward = ForwardGradient.builder(0.01).samples(2).build(parameters, trial.root);
            Runnable backpropagation = () -> {
                try (Tape tape = Tape.training(trial.root, 3)) {
                    Variable loss = trial.loss(model).apply(tape);
                    tape.backward(loss).close();
                }
            };
            backpropagation.run();
            Peak plain = peak(trial, backpropagation);
            Peak step = peak(trial, () -> forward.step(3, trial.loss(model)));
            assertThat(plain.of(MemoryKind.GRADIENT)).isEqualTo(bytes(parameters));
            long last = parameters.stream()
                    .filter(parameter -> parameter.path().startsWith("4."))
                    .mapToLong(parameter -> parameter.value().bytes())
                    .sum();
            assertThat(step.of(MemoryKind.GRADIENT)).isPositive().isLessThanOrEqualTo(last);
            assertThat(step.of(MemoryKind.ACTIVATION)).isEqualTo(plain.of(MemoryKind.ACTIVATION));
            assertThat(step.of(MemoryKind.OPTIMIZER)).isZero();
        }
    }

    @Test
    void aRunOnShapesTellsThePeak() {
        try (ZerothTrial trial = new ZerothTrial(DType.FLOAT);
                ZerothTrial shapes = new ZerothTrial(DType.FLOAT, Engine.withoutMemory())) {
            assertThat(stepPeak(shapes)).isEqualTo(stepPeak(trial));
        }
    }

    private static Peak stepPeak(ZerothTrial trial) {
        Module model = trial.model();
        Mezo mezo = Mezo.builder(0.01).build(model.parameterList(), trial.root);
        mezo.step(2, trial.loss(model));
        return peak(trial, () -> mezo.step(3, trial.loss(model)));
    }
}
