package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.experiments.model.SuiteStep.spec;
import static org.backpropaganda.experiments.model.SuiteStep.step;

import java.nio.file.Path;
import java.util.Map;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.checkpointing.recompute.EvictionReport;
import org.backpropaganda.experiments.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Strategies that decide what becomes of saved tensors, alone and with those that arrange the model. */
class SavingStrategiesTest {

    /** Bits, buffers and evaluations are those of the strategy that keeps everything. */
    @ParameterizedTest
    @CsvSource({
        "resnet, cheap, plain",
        "transformer, cheap, plain",
        "mlp, cheap+checkpoint, checkpoint",
        "resnet, recompute, plain",
        "transformer, recompute, plain",
        "revnet, reversible+recompute, reversible",
        "revnet, reversible+cheap, reversible",
        "resnet, abn+cheap, abn",
        "resnet, checkpoint:every=2, plain",
        "resnet, checkpoint:revolve=3, plain",
        "transformer, checkpoint:mixed=2, plain",
        "mlp, cheap+checkpoint:online=2, plain",
        "resnet, evict:200MiB, plain",
        "mlp, evict:200KiB+cheap, plain",
        "revnet, cheap+decoupled, decoupled"
    })
    void exactOnesHaveEveryBit(String kind, String strategy, String same) {
        for (DType dtype : new DType[] {DType.FLOAT, DType.DOUBLE}) {
            SuiteStep.Step expected = step(spec(kind, 4, 2, dtype), same);
            SuiteStep.Step actual = step(spec(kind, 4, 2, dtype), strategy);
            assertThat(actual.loss()).isEqualTo(expected.loss());
            assertThat(actual.gradients()).usingRecursiveComparison().isEqualTo(expected.gradients());
            assertThat(actual.buffers()).usingRecursiveComparison().isEqualTo(expected.buffers());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "resnet, cheap",
        "resnet, recompute",
        "transformer, cheap",
        "mlp, cheap",
        "resnet, save:q8",
        "resnet, save:bf16",
        "transformer, save:slopes",
        "resnet, cheap+save:q4"
    })
    void lessIsSaved(String kind, String strategy) {
        assertThat(step(spec(kind, 4, 1, DType.FLOAT), strategy).savedBytes())
                .isLessThan(step(spec(kind, 4, 1, DType.FLOAT), "plain").savedBytes());
    }

    /** Nothing of an exact loss is lost, since forward is exact; gradients are near. */
    @ParameterizedTest
    @ValueSource(strings = {"save:bf16", "save:q8", "save:q4", "save:slopes", "cheap+save:q8", "checkpoint+save:q8"})
    void lossyOnesAreNear(String strategy) {
        SuiteStep.Step plain = step(spec("resnet", 4, 1, DType.FLOAT), "plain");
        SuiteStep.Step lossy = step(spec("resnet", 4, 1, DType.FLOAT), strategy);
        assertThat(lossy.loss()).isEqualTo(plain.loss());
        assertThat(SuiteStep.worstRelativeError(lossy, plain)).isLessThan(0.5);
    }

    /** A budget that forward alone fits in, and what it saves does not: steps evict, and have every bit. */
    @ParameterizedTest
    @CsvSource({"resnet, 2, 0.9", "transformer, 8, 0.8"})
    void aBudgetIsKeptByEvicting(String kind, int depth, double part) {
        ModelSpec spec = spec(kind, depth, 1, DType.FLOAT);
        SuiteStep.Step plain = step(spec, "plain");
        long budget = (long) (part * plain.totalPeakBytes());
        SuiteStep.Step evicted = step(spec, "evict:" + budget + "B");
        assertThat(evicted.totalPeakBytes()).isLessThanOrEqualTo(budget);
        assertThat(((EvictionReport) evicted.savings().get("eviction")).evictions())
                .isPositive();
        assertThat(evicted.gradients()).usingRecursiveComparison().isEqualTo(plain.gradients());
    }

    @Test
    void offloadedTensorsComeBack(@TempDir Path directory) {
        Strategy strategy = Strategy.parse("offload").told(Map.of("offload-dir", directory.toString()));
        SuiteStep.Step plain = step(spec("resnet", 4, 1, DType.FLOAT), "plain");
        SuiteStep.Step offloaded = step(spec("resnet", 4, 1, DType.FLOAT), strategy);
        assertThat(offloaded.loss()).isEqualTo(plain.loss());
        assertThat(offloaded.gradients()).usingRecursiveComparison().isEqualTo(plain.gradients());
        assertThat(directory).isEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            checkpoint:revolve        | revolve needs the setting slots
            checkpoint:revolve=x      | 'x' is no number
            checkpoint:sqrt=3         | takes no settings
            checkpoint:every=0        | every
            checkpoint:magic=3        | unknown schedule 'magic'
            checkpoint:multistage=2/2 | keeps states in a file
            checkpoint:revolve=2+reversible | orders blocks one by one
            save                      | needs an argument: write save:bf16, save:q8
            save:q3                   | tensors are not kept as 'q3'
            evict                     | needs an argument
            evict:200MB               | is no number of bytes
            evict:0MiB                | has room for nothing
            offload                   | give --offload-dir
            abn:3                     | it takes no argument
            cheap+cheap               | names cheap twice
            save:q8+save:q4           | names save twice
            """)
    void whatCannotBeIsRefused(String strategy, String told) {
        assertThatThrownBy(() -> Fit.check(spec("revnet", 4, 1, DType.FLOAT), Strategy.parse(strategy)))
                .isInstanceOf(UserException.class)
                .hasMessageContaining(told);
    }

    @Test
    void aStrategyIsToldAsItWasWritten() {
        Strategy strategy = Strategy.parse("save:q8+cheap+checkpoint:revolve=5");
        assertThat(strategy).hasToString("save:q8+cheap+checkpoint:revolve=5");
        assertThat(strategy).isEqualTo(Strategy.parse("checkpoint:revolve=5+save:q8+cheap"));
        assertThat(strategy).isNotEqualTo(Strategy.parse("checkpoint:revolve=4+save:q8+cheap"));
        assertThat(Strategy.parse("evict:200MiB").memoryBudgetBytes()).isEqualTo(200L << 20);
    }
}
