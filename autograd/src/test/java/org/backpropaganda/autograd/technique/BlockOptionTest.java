package org.backpropaganda.autograd.technique;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.RecordComponent;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BlockOptionTest {
    /** The names are those of a chain as JSON, which any reader of records takes them from. */
    @Test
    void hasTheNamesOfAChain() {
        assertThat(Stream.of(BlockOption.class.getRecordComponents()).map(RecordComponent::getName))
                .containsExactly(
                        "name",
                        "forward",
                        "backward",
                        "saved",
                        "leasesInput",
                        "leasesOutput",
                        "transientForward",
                        "transientBackward");
    }

    @Test
    void refusesWhatNoBlockCosts() {
        assertThatThrownBy(() -> new BlockOption("save", 1, 2, -3, true, false, 0, 0))
                .hasMessage("block option save: saved -3 is below 0; times and saved bytes are counted from 0");
        assertThatThrownBy(() -> new BlockOption("", 1, 2, 3, true, false, 0, 0))
                .hasMessageContaining("the name is empty");
        assertThatThrownBy(() -> new BlockOption("save", -1, 2, 3, true, false, 0, 0))
                .hasMessageContaining("forward -1");
        assertThatThrownBy(() -> new BlockOption("save", 1, -2, 3, true, false, 0, 0))
                .hasMessageContaining("backward -2");
    }

    @Test
    void whatWorksInThePlaceOfAnotherGivesItsBytesBack() {
        BlockOption option = new BlockOption("in place", 1, 2, 3, true, false, -4, -5);
        assertThat(option.transientForward()).isEqualTo(-4);
        assertThat(option.transientBackward()).isEqualTo(-5);
    }
}
