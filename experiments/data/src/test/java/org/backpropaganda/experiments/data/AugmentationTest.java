package org.backpropaganda.experiments.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class AugmentationTest {
    /** 2 images of 7×6 pixels and 3 channels; no value is 0 and all values of an image differ. */
    private static final Dataset DATA = shifted(Fixtures.counting(2, 7, 6, 3));

    private static Dataset shifted(Dataset counting) {
        byte[][] images = new byte[counting.size()][];
        int[] labels = new int[counting.size()];
        for (int i = 0; i < images.length; i++) {
            images[i] = new byte[counting.valuesPerImage()];
            labels[i] = i;
            for (int v = 0; v < images[i].length; v++) {
                images[i][v] = (byte) (v + 1);
            }
        }
        return new ByteImages("x", ImageShape.of(counting), counting.classNames(), images, labels);
    }

    /** The value at a place of an image, 0 outside. */
    private static float at(float[] image, int y, int x, int c) {
        return y < 0 || y >= 7 || x < 0 || x >= 6 ? 0 : image[(y * 6 + x) * 3 + c];
    }

    private static boolean isChange(float[] original, float[] changed, int dy, int dx, boolean mirrored) {
        for (int y = 0; y < 7; y++) {
            for (int x = 0; x < 6; x++) {
                for (int c = 0; c < 3; c++) {
                    if (at(changed, y, x, c) != at(original, y + dy, (mirrored ? 5 - x : x) + dx, c)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    private static String describe(float[] original, float[] changed, int pad) {
        for (int dy = -pad; dy <= pad; dy++) {
            for (int dx = -pad; dx <= pad; dx++) {
                for (boolean mirrored : new boolean[] {false, true}) {
                    if (isChange(original, changed, dy, dx, mirrored)) {
                        return dy + "," + dx + "," + mirrored;
                    }
                }
            }
        }
        return "none";
    }

    @Property
    void everyImageIsAShiftPossiblyMirrored(
            @ForAll long seed, @ForAll int epoch, @ForAll @IntRange(max = 5) int pad, @ForAll boolean flip) {
        Dataset view = new Augmentation(pad, flip).over(DATA, seed, epoch);
        String change = describe(Fixtures.image(DATA, 1), Fixtures.image(view, 1), pad);
        assertThat(change).isNotEqualTo("none");
        if (!flip) {
            assertThat(change).endsWith("false");
        }
        assertThat(Fixtures.image(view, 1)).isEqualTo(Fixtures.image(view, 1));
    }

    @Test
    void reachesEveryChange() {
        Set<String> seen = new HashSet<>();
        for (int epoch = 0; epoch < 1_000; epoch++) {
            Dataset view = new Augmentation(2, true).over(DATA, 5, epoch);
            seen.add(describe(Fixtures.image(DATA, 0), Fixtures.image(view, 0), 2));
        }
        assertThat(seen).hasSize(5 * 5 * 2).doesNotContain("none");
    }

    @Test
    void imagesOfAnEpochChangeEachInTheirOwnWay() {
        byte[][] images = new byte[200][];
        Arrays.fill(images, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
        Dataset same = new ByteImages("same", new ImageShape(3, 3, 1), List.of("a"), images, new int[200]);
        Dataset view = new Augmentation(1, true).over(same, 1, 1);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < view.size(); i++) {
            seen.add(Arrays.toString(Fixtures.image(view, i)));
        }
        assertThat(seen).hasSizeGreaterThan(12);
    }

    @Test
    void threadsChangeNothing() {
        Dataset data = Fixtures.counting(500, 7, 6, 3);
        Dataset view = new Augmentation(3, true).over(data, 5, 6);
        float[][] parallel = new float[data.size()][];
        IntStream.range(0, data.size()).parallel().forEach(i -> parallel[i] = Fixtures.image(view, i));
        for (int i = data.size() - 1; i >= 0; i--) {
            assertThat(parallel[i]).isEqualTo(Fixtures.image(view, i));
        }
    }

    @Test
    void writesOnlyItsOwnPartOfTheArray() {
        Dataset view = Augmentation.standard().over(DATA, 1, 1);
        float[] array = new float[DATA.valuesPerImage() + 2];
        array[0] = -1;
        array[array.length - 1] = -2;
        view.image(0, array, 1);
        assertThat(array[0]).isEqualTo(-1);
        assertThat(array[array.length - 1]).isEqualTo(-2);
        assertThatThrownBy(() -> view.image(0, array, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> view.image(2, array, 0)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void keepsEverythingElse() {
        Dataset view = Augmentation.standard().over(DATA, 1, 1);
        assertThat(view.label(1)).isEqualTo(DATA.label(1));
        assertThat(view.name()).isEqualTo(DATA.name());
        assertThat(view.size()).isEqualTo(DATA.size());
        assertThat(view.classNames()).isEqualTo(DATA.classNames());
        assertThat(ImageShape.of(view)).isEqualTo(ImageShape.of(DATA));
        assertThat(Augmentation.none().over(DATA, 1, 1)).isSameAs(DATA);
    }

    @Test
    void refusesPaddingThatCouldHideTheImage() {
        assertThatThrownBy(() -> new Augmentation(6, false).over(DATA, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("pad 6", "[7, 6, 3]");
        assertThatThrownBy(() -> new Augmentation(-1, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
    }
}
