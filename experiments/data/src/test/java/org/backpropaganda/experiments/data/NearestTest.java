package org.backpropaganda.experiments.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.backpropaganda.experiments.Nearest;
import org.junit.jupiter.api.Test;

class NearestTest {
    private static final List<String> MODELS = List.of("irevnet", "mlp", "resnet", "resnet50", "revnet");

    @Test
    void isAFewLettersAway() {
        assertThat(Nearest.of("resnte", MODELS)).contains("resnet");
        assertThat(Nearest.of("ResNet50", MODELS)).contains("resnet50");
        assertThat(Nearest.of("revne", MODELS)).contains("revnet");
        assertThat(Nearest.of("mpl", MODELS)).contains("mlp");
    }

    @Test
    void goesOn() {
        assertThat(Nearest.of("irev", MODELS)).contains("irevnet");
        assertThat(Nearest.of("re", MODELS)).isEmpty();
    }

    @Test
    void isNothingWhereNoWordIsNear() {
        assertThat(Nearest.of("imagenet", MODELS)).isEmpty();
        assertThat(Nearest.of("", MODELS)).isEmpty();
        assertThat(Nearest.of("x", List.of())).isEmpty();
        assertThat(Nearest.question("vgg", MODELS)).isEmpty();
    }

    @Test
    void isAsked() {
        assertThat(Nearest.question("resnt", MODELS)).isEqualTo(" (did you mean resnet?)");
    }
}
