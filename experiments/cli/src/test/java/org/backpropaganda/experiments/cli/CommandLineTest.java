package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.experiments.report.Json;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class CommandLineTest {
    @TempDir
    private Path directory;

    /** A command line, and the reason that it is refused for. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            compere | Unmatched argument at index 0: 'compere' (did you mean compare?)
            compare --dept 3 | Unknown options: '--dept', '3' (did you mean --depth?)
            compare --model resnte | unknown model 'resnte' (did you mean resnet?): choose chain
            compare --data cifar | unknown data set 'cifar' (did you mean cifar10?); choose
            compare --strategies plain,reversable+abn | unknown strategy 'reversable+abn' (did you mean reversible?): choose plain
            compare --depth many | Invalid value for option '--depth': 'many' is not an int
            compare --depth 0 | depth 0 is below 1
            compare --depth 16385 | depth 16385 is above 16384
            compare --width 33 | width 33 is odd
            compare --model mlp --width 65537 | width 65537 is above 65536
            compare --model mlp --width 65536 --depth 64 | depth 64 and width 65536 make 2017.6 GiB of weights and gradients
            train --state run.state --model mlp --width 65536 --depth 64 | make 2017.6 GiB of weights and gradients
            gradcheck --model mlp --width 65536 --depth 64 | make 4035.1 GiB of weights and gradients
            compare --stem-stride 0 | stem stride 0 is below 1
            compare --model mlp --stem-stride 2 | stem stride 2 does not fit mlp
            compare --batch 1 | batch 1 is below 2
            compare --batch 100000 | batch 100000 is more than the
            compare --batch 2000000 | batch 2000000 is above 1048576
            compare --steps 0 | steps 0 is below 1
            compare --epochs -1 | epochs -1 is below 0
            compare --threads 0 | threads 0 is not within 1 and
            compare --threads 100000 | threads 100000 is not within 1 and
            compare --strategies abn+abn | names abn twice
            compare --lr -1 | learning rate -1.0 is not a finite number of at least 0
            compare --lr NaN | learning rate NaN is not a finite number
            compare --weight-decay Infinity | weight decay Infinity is not a finite number
            compare --model vgg | unknown model 'vgg': choose chain, depthwise, dni-cnn, dni-fcn, irevnet, lstm, mlp, neuralode, resnet, resnet50, revcol, revgru, revnet, revvit, tanh or transformer
            compare --model transformer --width 100 | 3 heads do not divide the width 100 of a transformer
            compare --model transformer --strategies abn | strategy abn does not fit transformer: it has no batch norm
            compare --model lstm --strategies decoupled | strategy decoupled does not fit lstm: nothing predicts gradients of sequences
            compare --model lstm --strategies reversible | strategy reversible does not fit lstm: x + F(x) is no coupling, so its input cannot be reconstructed; of the models, chain, irevnet, neuralode, revcol, revgru, revnet, revvit, tanh can
            compare --model chain --stem-stride 2 | stem stride 2 does not fit chain
            compare --model chain --width 33 | width 33 is odd
            compare --coupling sticky | unknown coupling 'sticky': choose additive
            compare --model mlp --coupling affine | coupling affine does not fit mlp, which is not made of couplings of any kind
            compare --groups 2 | groups 2 does not fit the coupling additive, which has 2 streams
            compare --groups -1 | groups -1 is below 0
            compare --predictor paper --strategies plain | predictor is for the strategies decoupled, dni, cdni, bp-lambda, and no other predicts gradients; choose one of them, or leave --predictor out
            compare --model mlp --predictor deep --strategies decoupled | strategy decoupled does not fit mlp: predictor 'deep' is none: choose linear or paper
            compare --update-probability 0 | update-probability 0.0 is not above 0 and at most 1
            compare --update-probability 1.5 | update-probability 1.5 is not above 0 and at most 1
            compare --update-probability NaN | update-probability NaN is not above 0 and at most 1
            compare --update-probability 0.5 --strategies plain | update-probability is for the strategies decoupled, dni, cdni, dgl, local, mono-forward, ddg, fr, petra, and in no other do modules learn apart
            compare --model mlp --update-probability 0.5 --strategies dgl,dfa | strategy dfa does not fit mlp: update-probability is for modules that wait for no gradient
            train --update-probability often --state run.state | Invalid value for option '--update-probability'
            compare --threads-per-module 0 | threads-per-module 0 is not within 1 and
            compare --free-running | free-running is for modules on threads of their own; give --threads-per-module
            compare --model mlp --threads-per-module 1 --strategies plain,dgl | threads-per-module 1 is for the strategies ddg, fr, petra
            train --model mlp --threads-per-module 1 --strategy petra --state run.state | modules on threads of their own have no moment between two steps
            compare --probe-every 0 | probe-every 0 is below 1
            compare --probe-every 2 --strategies plain | probe-every 2 is for strategies that predict gradients, as decoupled
            compare --probe-every 2 --strategies ddg,dfa | probe-every 2 is for strategies that predict gradients, as decoupled
            compare --probe-every 2 --accumulate 2 | probe-every 2: a batch that is cut is not probed
            compare --anchor-every -1 | anchor-every -1 is below 0
            compare --anchor-every 2 --strategies plain | anchor-every 2 is for the strategy reversible
            summary --anchor-every 2 | anchor-every 2 is for the strategy reversible
            compare --optimizer lbfgs | unknown optimizer 'lbfgs': choose adamw or sgd
            compare --dtype half | unknown dtype 'half': choose float or double
            compare --schedule weekly | unknown schedule 'weekly': choose constant, linear or cosine
            compare --data imagenet | unknown data set 'imagenet'; choose cifar10, images, mnist or synthetic
            compare --data cifar10 | cifar10: needs a directory with the data
            compare --data cifar10 --data-dir no/such/directory | cifar10: no/such/directory does not exist
            compare --model resnet --strategies reversible | strategy reversible does not fit resnet: x + F(x) is no coupling
            compare --model mlp --modules 9 --depth 8 | modules 9 is more than the 8 blocks
            compare --modules 0 | modules 0 is below 1
            compare --strategies plain,plain | name one twice
            compare --strategies sideways | unknown strategy 'sideways': choose plain
            compare @pom.xml | Unmatched argument at index 1: '@pom.xml'
            @src | '@src'
            gradcheck --strategy decoupled | strategy decoupled approximates gradients by design
            bench --workload vgg | unknown workload 'vgg': choose all
            bench --rounds 0 | rounds 0 is not within 1 and 1000
            gradients --depth 0 | depth 0 is not within 1 and 4096
            gradients --width 1 | width 1 is not within 2 and 4096
            gradients --depth 4096 --width 4096 --batch 4096 | take at least 768.0 GiB
            summary --model resnet --strategy reversible | strategy reversible does not fit resnet
            summary --levels -1 | levels -1 is below 0
            summary --data imagenet | unknown data set 'imagenet'
            train | Missing required option: '--state=FILE'
            train --state no/such/directory/run.state | cannot write the state to no/such/directory/run.state (no such file or directory)
            train --state src | cannot write the state to src (is a directory, no file to write)
            train --state /proc/run.state | cannot write the state to /proc/run.state (
            train --state run.state --save-every 0 | save-every 0 is below 1
            train --state run.state --keep 0 | keep 0 is not within 1 and 1000
            chars | Missing required option: '--text=FILE'
            chars --text pom.xml --method dni | method dni is for an lstm
            chars --text pom.xml --model lstm --method rtrl | unknown method 'rtrl': choose bptt, dni, dni-aux, bp-lambda
            chars --text pom.xml --model lstm --method bp-lambda --length 4 --batch 4 | bp-lambda: the traces of 4 examples, 1024 features
            chars --text pom.xml --state src | cannot write the state to src (is a directory, no file to write)
            chars --text pom.xml --save-every 0 | save-every 0 is below 1
            sequence-task --task sort | unknown task 'sort': choose copy or repeat-copy
            sequence-task --method rtrl | unknown method 'rtrl': choose bptt, dni, dni-aux, bp-lambda
            sequence-task --window 0 | window 0 is not within 1 and 65536
            sequence-task --lr 0 | lr 0.0 is not within 0 and 1
            sequence-task --state no/such/directory/run.state | cannot write the state to no/such/directory/run.state
            sequence-task --save-every 0 | save-every 0 is not within 1
            sequence-task --width 65536 | width 65536, batch 32 and window 5 take at least
            sequence-task --method bp-lambda --width 256 | bp-lambda: the traces of 32 examples, 512 features
            chars --text no/such/file | there is no file no/such/file
            chars --text src | cannot read src (
            chars --text pom.xml --heads 3 | 3 heads do not divide the width 128 into pairs
            chars --text pom.xml --heads 4 --width 12 | 4 heads do not divide the width 12 into pairs
            chars --text pom.xml --dropout 0.2 | dropout is for an lstm
            chars --text pom.xml --model lstm --heads 2 | heads and strategies other than plain are for transformers
            chars --text pom.xml --model gru | unknown model 'gru': choose transformer or lstm
            chars --text pom.xml --model lstm --strategy reversible | heads and strategies other than plain are for transformers
            chars --text pom.xml --strategy abn | unknown strategy 'abn': choose plain, checkpoint or reversible
            chars --text pom.xml --model lstm --dropout 1 | dropout 1.0 is not within [0, 1)
            chars --text pom.xml --model lstm --width 8 --batch 6000 | is too short for 6000 streams of windows of 64
            chars --text pom.xml --length 60000 | characters is too short for windows of 60000
            chars --text pom.xml --batch 65536 --length 65536 | has more than 2^31 characters
            chars --text pom.xml --threads 1025 | threads 1025 is not within 1 and 1024
            chars --text pom.xml --depth 65536 --width 512 | depth 65536, width 512, batch 12 and length 64 take at least
            chars --text pom.xml --width 65536 | depth 4, width 65536, batch 12 and length 64 take at least
            chars --text pom.xml --model lstm --width 65536 | depth 2, width 65536, batch 32 and length 64 take at least
            gradients --init magic | unknown initializer 'magic': choose of
            gradients --activation magic | unknown activation 'magic': choose of
            gradients --norm magic | unknown norm 'magic': choose of
            bench --threads 100000 | threads 100000 is not within 1 and
            """)
    void whatCannotBeIsOneSentenceAndCodeTwo(@Nullable String line, String reason) {
        Said said = Said.by(line == null ? new String[0] : line.split(" ", -1));
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.out()).isEmpty();
        assertThat(said.err().lines()).hasSize(1);
        assertThat(said.err()).startsWith("backprop: ").contains(reason).doesNotContain("Exception");
    }

    @Test
    void aloneItSaysWhatToDoFirst() {
        Said said = Said.by();
        assertThat(said.code()).isZero();
        assertThat(said.err()).isEmpty();
        assertThat(said.out().lines().filter(line -> line.startsWith("  ./backprop ")))
                .hasSizeGreaterThanOrEqualTo(4)
                .allSatisfy(line -> assertThat(line).containsPattern("backprop (--help|compare|summary|plan) "));
    }

    @Test
    void aShellCompletesWhatThereIs() {
        Said said = Said.by("completion");
        assertThat(said.code()).isZero();
        assertThat(said.out()).contains("complete -F _complete_backprop", "--strategies", "resnet50", "what-fits");
    }

    /** Of what an option of runs is when nobody sets it. */
    @Test
    void helpTellsDefaults() {
        assertThat(Said.by("compare", "--help").out().replaceAll("\\s+", " "))
                .contains("images a step (32)", "learning rate (0.02)", "(revnet)", "training steps (25)");
    }

    @Test
    void anLstmReadsAndWrites() {
        Said said = Said.by(
                "chars",
                "--text",
                "../../pom.xml",
                "--model",
                "lstm",
                "--width",
                "8",
                "--steps",
                "2",
                "--sample",
                "20");
        assertThat(said.code()).isZero();
        assertThat(said.out()).contains("step 2: ").contains("validation: ").contains("bits a character");
    }

    @Test
    void anOutputThatCannotBeWrittenIsRefused() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        Said said = Said.by("compare", "--out", file.resolve("below").toString());
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("cannot write").contains("--out");
        assertThat(said.err().lines()).hasSize(1);
    }

    @Test
    void anOutputWhoseReportIsADirectoryIsRefused() throws IOException {
        Files.createDirectory(directory.resolve("report.json"));
        Said said = Said.by("compare", "--out", directory.toString());
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("report.json is a directory");
        assertThat(directory.toFile().list()).containsExactly("report.json");
    }

    /** With fewer blocks than the usual four modules, too: the defaults fit every model. */
    @Test
    void aRunThatDivergesSaysSo() {
        Path out = directory.resolve("out");
        Said said = Said.by(
                "compare",
                "--model",
                "mlp",
                "--depth",
                "2",
                "--width",
                "4",
                "--batch",
                "4",
                "--steps",
                "3",
                "--lr",
                "1e300",
                "--out",
                out.toString());
        assertThat(said.code()).isZero();
        assertThat(said.out())
                .contains("not finite", "plain: the training has diverged", "decoupled: the training has diverged");
        JsonNode plain = Json.read(out.resolve("report.json"), JsonNode.class)
                .get("runs")
                .get(0);
        assertThat(plain.get("lossLast").isNull()).isTrue();
    }

    @Test
    void aTruncatedFileIsNamed() throws IOException {
        for (int i = 1; i <= 5; i++) {
            Files.write(directory.resolve("data_batch_" + i + ".bin"), new byte[3073]);
        }
        Files.write(directory.resolve("test_batch.bin"), new byte[3000]);
        Said said = Said.by("compare", "--data", "cifar10", "--data-dir", directory.toString(), "--batch", "2");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("test_batch.bin");
        assertThat(said.err().lines()).hasSize(1);
    }

    @Test
    void aComparisonLeavesItsReport() {
        Path out = directory.resolve("out");
        Said said = Said.by(
                "compare",
                "--model",
                "mlp",
                "--depth",
                "4",
                "--width",
                "16",
                "--batch",
                "8",
                "--steps",
                "3",
                "--modules",
                "2",
                "--out",
                out.toString());
        assertThat(said.err()).isEmpty();
        assertThat(said.code()).isZero();
        assertThat(said.out()).contains("plain").contains("checkpoint").contains("decoupled");
        assertThat(said.out().lines()).contains("abn: 4 of 4 norms in place");
        assertThat(out.toFile().list())
                .containsExactlyInAnyOrder(
                        "report.json",
                        "report.csv",
                        "report.html",
                        "timeline.png",
                        "timeline-plain.csv",
                        "timeline-cheap.csv",
                        "timeline-checkpoint.csv",
                        "timeline-abn.csv",
                        "timeline-decoupled.csv");
        JsonNode report = Json.read(out.resolve("report.json"), JsonNode.class);
        assertThat(report.get("schema").asInt()).isEqualTo(1);
        assertThat(report.get("environment").get("onednn").asString()).startsWith("3.");
        JsonNode plain = report.get("runs").get(0);
        for (String field : List.of(
                "strategy",
                "model",
                "depth",
                "batch",
                "savedActivationBytes",
                "peakActivationBytes",
                "peakBytes",
                "peakByKind",
                "reservedPeakBytes",
                "primitiveBytes",
                "parameterBytes",
                "syntheticStateBytes",
                "processPeakBytes",
                "processBaseBytes",
                "stepMillis",
                "forwardEvaluations",
                "gradient",
                "lossFirst",
                "lossLast",
                "testAccuracy")) {
            assertThat(plain.has(field)).as(field).isTrue();
        }
        assertThat(plain.get("gradient").get("maxRelativeError").asDouble()).isZero();
        assertThat(report.get("runs")
                        .get(1)
                        .get("gradient")
                        .get("maxRelativeError")
                        .asDouble())
                .isZero();
        assertThat(report.get("runs").get(4).get("syntheticStateBytes").asLong())
                .isPositive();
    }

    @Test
    void trainingThatHasComeToItsEndSaysSo() throws IOException {
        Path state = directory.resolve("run.state");
        Said first = train("checkpoint", state);
        assertThat(first.code()).isZero();
        assertThat(first.out()).contains("step 6 of 6: loss ");
        Said again = train("checkpoint", state);
        assertThat(again.out()).startsWith("goes on behind step 6 of 6");
        assertThat(again.out().lines().reduce((a, last) -> last))
                .isEqualTo(first.out().lines().reduce((a, last) -> last))
                .get()
                .asString()
                .startsWith("test accuracy: ");

        Said other = train("checkpoint", state, "--lr", "0.5");
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.err()).contains("lr 0.02, not 0.5").hasLineCount(1);
        Files.write(state, new byte[100]);
        assertThat(train("checkpoint", state).err())
                .startsWith("backprop: ")
                .contains("give another --state")
                .hasLineCount(1);
    }

    private static Said train(String strategy, Path state, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "train",
                "--model",
                "mlp",
                "--depth",
                "2",
                "--width",
                "8",
                "--batch",
                "8",
                "--steps",
                "6",
                "--optimizer",
                "adamw",
                "--schedule",
                "cosine",
                "--modules",
                "2",
                "--strategy",
                strategy,
                "--state",
                state.toString()));
        arguments.addAll(List.of(more));
        return Said.by(arguments.toArray(String[]::new));
    }

    @Test
    void aModelPassesItsGradientCheck() {
        Said said = Said.by(
                "gradcheck", "--model", "mlp", "--depth", "2", "--width", "6", "--batch", "4", "--strategy", "abn");
        assertThat(said.code()).isZero();
        assertThat(said.out()).startsWith("passed").contains("worst");
    }
}
