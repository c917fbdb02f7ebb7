package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BisectCommandTest {
    @Test
    void namesLayersByWhatTheyLose() {
        Said said = Said.by(
                "bisect",
                "--model",
                "resnet",
                "--depth",
                "1",
                "--width",
                "8",
                "--batch",
                "4",
                "--threads",
                "1",
                "--strategy",
                "save:q2");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out().lines().toList().get(0))
                .contains("relative error")
                .contains("cosine")
                .contains("packed alone");
        assertThat(said.out().lines().toList().get(1)).contains("everything");
        assertThat(said.out()).contains("blocks.0");
    }

    @Test
    void anExactStrategyIsRefused() {
        Said said = Said.by("bisect", "--strategy", "cheap");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("strategy cheap keeps every bit of what it saves; give one with save");
    }
}
