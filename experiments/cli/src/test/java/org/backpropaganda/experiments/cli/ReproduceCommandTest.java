package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.backpropaganda.experiments.report.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class ReproduceCommandTest {
    @TempDir
    private Path directory;

    private Said say(String line) {
        return Said.by((line + " --out " + directory.resolve("out")).split(" ", -1));
    }

    @Test
    void publishedFiguresStandBesideOurs() {
        Said said = say("reproduce revnet,abn");
        assertThat(said.err()).isEmpty();
        assertThat(said.code()).isZero();
        assertThat(said.out())
                .contains("revnet: van de Leemput", "abn: Rota Bulò", "differs: ")
                .containsPattern("RevNet-164 activations +MiB +432\\.7 +424\\.3 +444950176 bytes")
                .containsPattern("ResNet-32 activations +MiB +238\\.6 +238\\.0 +249588256 bytes");
        JsonNode report = Json.read(directory.resolve("out/reproduce.json"), JsonNode.class);
        assertThat(report.size()).isEqualTo(2);
        assertThat(report.get(0).get("figures").size()).isEqualTo(6);
        assertThat(report.get(1).get("figures").get(0).get("published").asString())
                .isEqualTo("up to 50");
    }

    @Test
    void aDocumentSaysTheSame() throws IOException {
        Path document = directory.resolve("docs/figures.md");
        Said said = say("reproduce revolve,reformer --threads 1 --document " + document);
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out()).contains("document: " + document, "took ");
        assertThat(Files.readString(document))
                .startsWith("""
                        # Published figures beside ours

                        Made by

                            ./backprop reproduce revolve,reformer --threads 1 --document FILE
                        """)
                .contains(
                        "## `./backprop reproduce revolve`",
                        "| 100 steps, 5 slots | steps again | 316 | 316.0 |  |",
                        "| reversible, saved, a layer more | KiB | 0 | 0.0 | 0 bytes |");
        Said refused = say("reproduce revolve --document " + directory);
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("is a directory; give the name of a file");
    }

    @Test
    void accuraciesStandBesideOursWhereThereIsTraining() throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        for (String split : new String[] {"train", "test"}) {
            for (String name : new String[] {"one", "two"}) {
                Path folder = Files.createDirectories(
                        directory.resolve("images").resolve(split).resolve(name));
                for (int i = 0; i < 50; i++) {
                    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
                    image.setRGB(i % 8, 0, random.nextInt());
                    ImageIO.write(image, "png", folder.resolve(i + ".png").toFile());
                }
            }
        }
        Said said = say("reproduce revnet --train --data images --data-dir " + directory.resolve("images")
                + " --steps 1 --seeds 1 --threads 2");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out())
                .containsPattern("ResNet-32 accuracy, seed 1 +% +92\\.86 ")
                .containsPattern("RevNet-38 accuracy, seed 1 +% +92\\.80 ");
    }

    /** Sequences are made up: no data set is asked for, and the published lengths stand beside ours. */
    @Test
    void copyIsAPartOfDni() {
        Said said = say("reproduce dni --part copy --steps 2 --threads 1");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out())
                .containsPattern("copy, T = 5, dni +symbols +18 +0\\S* +longest of 2 windows, seed 1")
                .containsPattern("copy, T = 3, dni-aux over bptt +times +2\\.13");
        assertThat(directory.resolve("out/states/dni/copy-dni-aux-5-1.state")).exists();
        Said less = say("reproduce dni --part copy --steps 1 --threads 1");
        assertThat(less.code()).isEqualTo(2);
        assertThat(less.err()).contains("is the state behind window 2 of a run that has 1; give more --steps");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            reproduce | Missing required parameter: 'NAME,…'
            reproduce imagenet | unknown reproduction 'imagenet': choose abn, actnn, dgl, dni, petra, reformer, revnet, revolve or sqrt
            reproduce revnet --train | cifar10: needs a directory with the data
            reproduce revnet --train --data-dir no/such/directory | no/such/directory does not exist
            reproduce dni --part imagenet | reproduction dni has no part 'imagenet': choose
            reproduce revnet --part mnist | reproduction revnet has no part 'mnist': it has no parts; leave --part out
            reproduce dni --part mnist | mnist: needs a directory with the data
            reproduce revnet --steps 0 | steps 0 is not within 1 and
            reproduce revnet --seeds 0 | seeds 0 is not within 1 and
            """)
    void whatCannotBeIsOneSentence(String line, String reason) {
        Said said = say(line);
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).startsWith("backprop: ").contains(reason).hasLineCount(1);
    }
}
