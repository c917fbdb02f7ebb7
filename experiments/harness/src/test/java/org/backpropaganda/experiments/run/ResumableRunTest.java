package org.backpropaganda.experiments.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.io.Progress;
import org.backpropaganda.autograd.io.TrainingState;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.experiments.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResumableRunTest {
    private static final int STEPS = 6;
    private static final int STEPS_OF_PIPELINE = 14;

    @TempDir
    private Path directory;

    private static RunConfig config(String optimizer, boolean augment) {
        return new RunConfig(
                new RunConfig.Shape("mlp", 3, 8, 1, 2),
                new RunConfig.Passes(8, STEPS, 0, 5),
                new RunConfig.Descent(optimizer, 0.02, 1e-4, "cosine"),
                new RunConfig.Source("synthetic", null, augment),
                new RunConfig.Machine(1, "float"));
    }

    /** What a run that is stopped throws. */
    private static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static List<Double> train(RunConfig config, String strategy, Path file, int until) throws IOException {
        List<Double> losses = new ArrayList<>();
        try (ResumableRun run = new ResumableRun(config, config.strategy(strategy), file)) {
            run.train(2, (done, of, loss) -> {
                losses.add(loss);
                if (done == until) {
                    throw new Stopped();
                }
            });
        } catch (Stopped e) {
            assertThat(losses).isNotEmpty();
        }
        return losses;
    }

    @ParameterizedTest
    @CsvSource({
        "checkpoint+abn, adamw, true",
        "decoupled, sgd, false",
        "dgl, adamw, false",
        "local, sgd, true",
        "dfa, sgd, false",
        "bp-lambda:falling=4, sgd, false",
        "bp-lambda:cosine=-1, sgd, false",
        "mezo:samples=2, sgd, false"
    })
    void goesOnToTheSameBits(String strategy, String optimizer, boolean augment) throws IOException {
        RunConfig config = config(optimizer, augment);
        Path straight = directory.resolve("straight.state");
        Path stopped = directory.resolve("stopped.state");
        List<Double> losses = train(config, strategy, straight, STEPS + 1);
        train(config, strategy, stopped, 3);
        assertThat(train(config, strategy, stopped, 5)).isEqualTo(losses.subList(2, 5));
        assertThat(train(config, strategy, stopped, STEPS + 1)).isEqualTo(losses.subList(4, STEPS));
        assertThat(stopped).hasSameBinaryContentAs(straight);

        assertThatThrownBy(() -> train(config("lion", augment), strategy, stopped, 3))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("optimizer " + optimizer + ", not lion");
        assertThatThrownBy(() -> train(config, "plain", stopped, 3))
                .hasMessageContaining("strategy " + strategy + ", not plain");
    }

    /** Messages under way, batches that wait and copies of weights go on as they were. */
    @ParameterizedTest
    @CsvSource({
        "mlp, ddg, adamw",
        "mlp, fr, sgd",
        "mlp, petra, sgd",
        "revnet, petra, adamw",
        "revnet, petra:products, sgd",
        "revnet, petra:inputs/weights, sgd",
        "revnet, reversible+ddg, sgd",
        "mlp, checkpoint+ddg, sgd"
    })
    void fullQueuesGoOnToTheSameBits(String model, String strategy, String optimizer) throws IOException {
        RunConfig usual = config(optimizer, true);
        RunConfig config = new RunConfig(
                new RunConfig.Shape(model, 4, 8, 1, 4),
                new RunConfig.Passes(8, STEPS_OF_PIPELINE, 0, 5),
                usual.descent(),
                usual.source(),
                usual.machine());
        Path straight = directory.resolve("straight.state");
        Path stopped = directory.resolve("stopped.state");
        List<Double> losses = train(config, strategy, straight, STEPS_OF_PIPELINE + 1);
        List<Double> resumed = new ArrayList<>(train(config, strategy, stopped, 6));
        for (int until : new int[] {9, 10, STEPS_OF_PIPELINE + 1}) {
            int from = resumed.size() / 2 * 2;
            resumed.subList(from, resumed.size()).clear();
            resumed.addAll(train(config, strategy, stopped, until));
        }
        assertThat(resumed).isEqualTo(losses);
        assertThat(stopped).hasSameBinaryContentAs(straight);
    }

    /** Chances are drawn by the number of a step, so that a run that goes on draws the same; and they are settings. */
    @ParameterizedTest
    @CsvSource({"dgl, 0.5", "cdni, 0.5", "ddg, 0.5", "petra, 0.5"})
    void updatesByChanceGoOn(String strategy, double probability) throws IOException {
        RunConfig always = config("sgd", false);
        RunConfig config = with(always, new RunConfig.Learners(null, null, probability));
        Path straight = directory.resolve("straight.state");
        Path stopped = directory.resolve("stopped.state");
        List<Double> losses = train(config, strategy, straight, STEPS + 1);
        train(config, strategy, stopped, 3);
        train(config, strategy, stopped, STEPS + 1);
        assertThat(stopped).hasSameBinaryContentAs(straight);
        assertThat(train(always, strategy, directory.resolve("always.state"), STEPS + 1))
                .isNotEqualTo(losses);
        assertThatThrownBy(() -> train(always, strategy, stopped, 3))
                .isInstanceOf(UserException.class)
                .hasMessage(stopped + " is the state of a run with updateProbability " + probability
                        + ", which was not asked for; give the same options, or another --state");
    }

    private static RunConfig with(RunConfig config, RunConfig.Learners learners) {
        return new RunConfig(
                config.shape(),
                config.passes(),
                config.descent(),
                config.source(),
                config.machine(),
                config.reversal(),
                learners);
    }

    @Test
    void theStateOfAnotherProgramIsTold() throws IOException {
        Path file = directory.resolve("other.state");
        try (Engine engine = Engine.builder().threads(1).build()) {
            Linear model = new Linear(new ParameterFactory(engine.scope(""), DType.FLOAT, 1), 2, 2, false);
            TrainingState.of(model, Map.of()).save(file, Progress.at(1));
        }
        assertThatThrownBy(() -> train(config("sgd", false), "plain", file, 1))
                .isInstanceOf(UserException.class)
                .hasMessage(file + " tells no augment and is not the state of such a run; give another --state");
    }
}
