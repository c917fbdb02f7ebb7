package org.backpropaganda.experiments.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BatchesTest {
    private static List<Float> firstValues(Epoch epoch, int valuesPerImage) {
        List<Float> firsts = new ArrayList<>();
        for (Batch batch : epoch) {
            for (int i = 0; i < batch.size(); i++) {
                firsts.add(batch.images()[i * valuesPerImage]);
            }
        }
        return firsts;
    }

    @Property
    void anEpochVisitsEveryImageOnce(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 120) int size,
            @ForAll @IntRange(min = 1, max = 50) int batchSize) {
        // image i starts with the value 2 i
        Dataset data = Fixtures.counting(size, 1, 2, 1);
        Epoch epoch = Batches.of(data, batchSize).epoch(seed, 3);

        assertThat(epoch.size()).isEqualTo((size + batchSize - 1) / batchSize);
        int[] order = BatchOrder.indices(seed, 3, size);
        List<Float> firsts = firstValues(epoch, 2);
        assertThat(firsts).hasSize(size);
        for (int i = 0; i < size; i++) {
            assertThat(firsts.get(i)).isEqualTo(2 * order[i] / 255f);
            assertThat(epoch.batch(i / batchSize).labels()[i % batchSize]).isEqualTo(order[i] % 2);
        }
    }

    @Test
    void evaluationKeepsOrderAndThePartialBatch() {
        Dataset data = Fixtures.counting(10, 2, 2, 1);
        Batches batches = Batches.of(data, 4).augment(new Augmentation(1, true)).dropLast();

        Epoch epoch = batches.inOrder();

        assertThat(epoch.size()).isEqualTo(3);
        assertThat(epoch.batch(2).size()).isEqualTo(2);
        assertThat(epoch.batch(2).images()).hasSize(2 * 4);
        assertThat(epoch.batch(1).images()[0]).isEqualTo(16 / 255f);
        assertThat(batches.epoch(0, 0).size()).isEqualTo(2);
    }

    @Test
    void dropLastKeepsAFullLastBatch() {
        assertThat(Batches.of(Fixtures.counting(8, 2, 2, 1), 4)
                        .dropLast()
                        .epoch(0, 0)
                        .size())
                .isEqualTo(2);
    }

    @Test
    void augmentsThenNormalizes() {
        Dataset data = SyntheticImages.split(1, 8, 20, 1).train();
        Normalization normalization = Normalization.of(data);
        Augmentation augmentation = new Augmentation(2, true);

        Batch batch = Batches.of(data, 20)
                .augment(augmentation)
                .normalize(normalization)
                .epoch(7, 2)
                .batch(0);

        float[] expected = new float[20 * data.valuesPerImage()];
        int[] order = BatchOrder.indices(7, 2, 20);
        for (int i = 0; i < 20; i++) {
            augmentation.over(data, 7, 2).image(order[i], expected, i * data.valuesPerImage());
        }
        normalization.apply(expected);
        assertThat(batch.images()).isEqualTo(expected);
    }

    @Test
    void batchesAreFormedAnewAndRepeatably() {
        Epoch epoch = Batches.of(Fixtures.counting(8, 2, 2, 1), 4).epoch(0, 0);
        Batch first = epoch.batch(1);
        float[] copy = first.images().clone();
        first.images()[0] = 99;
        assertThat(epoch.batch(1).images()).isEqualTo(copy);
    }

    @Test
    void refusesWrongUse() {
        Dataset data = Fixtures.counting(8, 2, 2, 1);
        assertThatThrownBy(() -> Batches.of(data, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 0");
        assertThatThrownBy(() -> Batches.of(data, 9).dropLast())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("9", "8 images");
        assertThatThrownBy(() -> Batches.of(data, 4).normalize(Normalization.identity(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("3 channels", "[2, 2, 1]");
        Epoch epoch = Batches.of(data, 8).inOrder();
        assertThatThrownBy(() -> epoch.batch(1)).isInstanceOf(IndexOutOfBoundsException.class);
        Iterator<Batch> batches = epoch.iterator();
        assertThat(batches.next().size()).isEqualTo(8);
        assertThat(batches).isExhausted();
        assertThatThrownBy(batches::next).isInstanceOf(NoSuchElementException.class);
    }
}
