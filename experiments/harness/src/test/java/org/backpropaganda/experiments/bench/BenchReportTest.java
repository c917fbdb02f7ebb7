package org.backpropaganda.experiments.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.process.ChildProgram;
import org.junit.jupiter.api.Test;

class BenchReportTest {
    private static final Contender PLAIN = new Contender.Own(Strategy.PLAIN, false);

    private static BenchResult.Row row(Contender contender, List<Double> millis, long base, long peak) {
        BenchRun run = new BenchRun(millis, base, peak, 3L << 20, 4L << 20);
        return BenchResult.Row.of(contender, List.of(run));
    }

    /** Time against the peer's fastest setting, memory against its leanest. */
    @Test
    void ratiosTakeTheBestOfThePeer() {
        BenchResult result = new BenchResult(
                "chain8",
                List.of(
                        row(PLAIN, List.of(9.0, 6.0, 5.0), 1 << 20, 5 << 20),
                        row(
                                new Contender.Foreign(Peer.Form.NCHW, Contender.Setting.DEFAULT),
                                List.of(12.0),
                                1 << 20,
                                17 << 20),
                        row(
                                new Contender.Foreign(Peer.Form.NCHW, Contender.Setting.LEAN),
                                List.of(24.0),
                                1 << 20,
                                9 << 20)),
                null,
                new Agreement(1e-15, 2e-12, "stem.weight", 7));
        assertThat(BenchReport.table(result).lines().map(line -> line.trim().split(" +")))
                .contains(
                        new String[] {"plain", "6.000", "5.000", "9.000", "1.00", "0.50", "+4.0", "0.50", "3.0", "4.0"},
                        new String[] {
                            "peer-nchw-lean", "24.000", "24.000", "24.000", "4.00", "2.00", "+8.0", "1.00", "3.0", "4.0"
                        });
        assertThat(BenchReport.table(result))
                .contains("in double: losses differ by 1.0e-15, gradients of 7 parameters by up to 2.0e-12");
    }

    /** Whatever stands behind it: what is not a number is the worst. */
    @Test
    void agreementThatIsNotFiniteIsTold() {
        Agreement agreement = Agreement.between(gradients(Double.NaN), gradients(1));
        assertThat(agreement.maxRelativeError()).isNaN();
        assertThat(agreement.worstParameter()).isEqualTo("b");
        BenchResult result = new BenchResult("chain8", List.of(row(PLAIN, List.of(1.0), 0, 1)), agreement, null);
        assertThat(BenchReport.table(result)).contains("of 3 parameters by up to what is not finite (b)");
        assertThat(Agreement.between(gradients(2), gradients(1)).maxRelativeError())
                .isEqualTo(1);
    }

    private static Map<String, double[]> gradients(double b) {
        Map<String, double[]> gradients = new LinkedHashMap<>();
        gradients.put("", new double[] {1});
        gradients.put("a", new double[] {1, 1});
        gradients.put("b", new double[] {b});
        gradients.put("c", new double[] {1});
        return gradients;
    }

    private record Loses(double loss) implements Trainer {
        @Override
        public double step() {
            return loss;
        }

        @Override
        public Map<String, double[]> gradients() {
            return Map.of();
        }

        @Override
        public void close() {}
    }

    @Test
    void stepsWhoseLossIsNotFiniteHaveNoTime() {
        assertThat(BenchRun.steps(new Loses(1), 0)).hasSize(3);
        assertThatExceptionOfType(UserException.class)
                .isThrownBy(() -> BenchRun.steps(new Loses(Double.NaN), 0))
                .withMessageStartingWith("the loss of timed step 1 is NaN");
    }

    @Test
    void workloadsByName() {
        assertThat(Workload.parseAll("mlp4x128,chain8,chain8"))
                .extracting(Workload::name)
                .containsExactly("mlp4x128", "chain8");
        assertThat(Workload.parseAll("all")).hasSize(9);
        assertThatExceptionOfType(UserException.class)
                .isThrownBy(() -> Workload.parseAll("vgg"))
                .withMessageStartingWith("unknown workload 'vgg': choose all, or of chain8");
    }

    @Test
    void theSmallModelLearnsItsBatch() {
        try (Trainer trainer = PLAIN.open(Workload.parse("mlp4x128"), 1)) {
            double first = trainer.step();
            double last = first;
            for (int i = 0; i < 60; i++) {
                last = trainer.step();
            }
            assertThat(last).isLessThan(first / 2);
        }
    }

    /** What is told to a process of its own is what was meant, and reports have the names that files hold. */
    @Test
    void contendersAreTheSameInAProcessOfTheirOwn() {
        assertThat(Contender.of(Workload.parse("chain8"), true))
                .allSatisfy(each -> assertThat(Contender.of(
                                ChildProgram.Arguments.of(each.arguments().toArray(String[]::new))))
                        .isEqualTo(each))
                .extracting(Contender::name)
                .containsExactly(
                        "plain",
                        "plain-inbackward",
                        "checkpoint",
                        "reversible",
                        "reversible+abn",
                        "peer-nchw-default",
                        "peer-nchw-keeping",
                        "peer-nchw-lean",
                        "peer-nchw-single",
                        "peer-nhwc-default",
                        "peer-nhwc-keeping",
                        "peer-nhwc-lean",
                        "peer-nhwc-single");
    }
}
