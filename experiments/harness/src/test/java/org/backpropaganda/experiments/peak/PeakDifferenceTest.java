package org.backpropaganda.experiments.peak;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.junit.jupiter.api.Test;

/** Differences of peaks that are written down by hand. */
class PeakDifferenceTest {
    private static final long MIB = 1 << 20;

    private static PeakHolder holder(String path, MemoryKind kind, String op, String heldFor, long mebibytes) {
        return new PeakHolder(
                path, kind, op, heldFor.isEmpty() ? List.of() : List.of(heldFor), false, 1, mebibytes * MIB, Map.of());
    }

    private static Peak peak(Map<String, Map<String, List<String>>> fates, PeakHolder... holders) {
        long bytes = List.of(holders).stream().mapToLong(PeakHolder::bytes).sum();
        return new Peak(bytes, List.of(holders), fates);
    }

    @Test
    void tellsWhatBecameOfWhatIsMissing() {
        Peak plain = peak(
                Map.of(),
                holder("a", MemoryKind.ACTIVATION, "relu", "inputs of conv2d", 200),
                holder("b", MemoryKind.ACTIVATION, "relu", "inputs of conv2d", 40),
                holder("c", MemoryKind.ACTIVATION, "tanh", "outputs of tanh", 3),
                holder("w", MemoryKind.OPTIMIZER, "", "", 72));
        Peak other = peak(
                Map.of("recomputed", Map.of("relu", List.of("a", "b")), "let go", Map.of("tanh", List.of("c"))),
                holder("a", MemoryKind.TEMPORARY, "relu", "", 2));
        PeakDifference difference = PeakDifference.between("plain", plain, "checkpoint", other);
        assertThat(difference.bytes()).isEqualTo(-313 * MIB);
        assertThat(difference.parts())
                .containsExactly(
                        new PeakDifference.Part(
                                MemoryKind.ACTIVATION, "relu", "inputs of conv2d", "recomputed", -2, -240 * MIB),
                        new PeakDifference.Part(MemoryKind.OPTIMIZER, "", "optimizer state", "", -1, -72 * MIB),
                        new PeakDifference.Part(
                                MemoryKind.ACTIVATION, "tanh", "outputs of tanh", "let go", -1, -3 * MIB),
                        new PeakDifference.Part(MemoryKind.TEMPORARY, "relu", "results of relu", "", 1, 2 * MIB));
        assertThat(difference.sentence())
                .isEqualTo("checkpoint against plain: −313.0 MiB at the peak: −240.0 inputs of conv2d recomputed,"
                        + " −72.0 optimizer state, −1.0 others");
    }

    @Test
    void turnedRoundItTellsWhatIsKept() {
        Peak plain = peak(Map.of(), holder("a", MemoryKind.ACTIVATION, "relu", "inputs of conv2d", 5));
        Peak other = peak(Map.of("recomputed", Map.of("relu", List.of("a"))));
        assertThat(PeakDifference.between("checkpoint", other, "plain", plain).sentence())
                .isEqualTo("plain against checkpoint: +5.0 MiB at the peak: +5.0 inputs of conv2d kept");
    }

    @Test
    void anOpThatDoesTheWorkOfTwoIsNettedWithThem() {
        Peak plain = peak(Map.of(), holder("a.act", MemoryKind.ACTIVATION, "relu", "inputs of conv2d", 5));
        Peak other = peak(Map.of(), holder("a.norm", MemoryKind.ACTIVATION, "abn", "inputs of conv2d", 4));
        PeakDifference difference = PeakDifference.between("plain", plain, "abn", other);
        assertThat(difference.parts())
                .containsExactly(
                        new PeakDifference.Part(MemoryKind.ACTIVATION, "", "inputs of conv2d", "", 0, -1 * MIB));
    }

    @Test
    void whatIsBelowAMebibyteIsToldInKibibytes() {
        PeakHolder small = new PeakHolder(
                "a", MemoryKind.ACTIVATION, "relu", List.of("inputs of conv2d"), false, 1, 5 << 10, Map.of());
        Peak other = peak(Map.of("recomputed", Map.of("relu", List.of("a"))));
        assertThat(PeakDifference.between("plain", peak(Map.of(), small), "cheap", other)
                        .sentence())
                .isEqualTo("cheap against plain: −5.0 KiB at the peak: −5.0 inputs of conv2d recomputed");
    }

    @Test
    void equalPeaksDifferByNothing() {
        Peak plain = peak(Map.of(), holder("a", MemoryKind.ACTIVATION, "relu", "inputs of conv2d", 5));
        assertThat(PeakDifference.between("one", plain, "other", plain).sentence())
                .isEqualTo("other against one: +0.0 MiB at the peak");
    }

    @Provide
    Arbitrary<Peak> peaks() {
        Arbitrary<PeakHolder> holders = Combinators.combine(
                        Arbitraries.of("a", "b"),
                        Arbitraries.of(MemoryKind.values()),
                        Arbitraries.of("relu", "conv2d", ""),
                        Arbitraries.of("inputs of conv2d", "outputs of relu", ""),
                        Arbitraries.longs().between(1, 1000))
                .as((path, kind, op, heldFor, bytes) -> new PeakHolder(
                        path, kind, op, heldFor.isEmpty() ? List.of() : List.of(heldFor), false, 1, bytes, Map.of()));
        Arbitrary<List<PeakHolder>> distinct =
                holders.list().ofMaxSize(20).uniqueElements(each -> List.of(each.path(), each.kind(), each.op()));
        Arbitrary<Map<String, Map<String, List<String>>>> fates = Arbitraries.of(
                Map.of(),
                Map.of("recomputed", Map.of("relu", List.of("a"))),
                Map.of("let go", Map.of("conv2d", List.of("b"))));
        return Combinators.combine(fates, distinct)
                .as((fate, all) ->
                        new Peak(all.stream().mapToLong(PeakHolder::bytes).sum(), all, fate));
    }

    @Property
    void partsAddUpExactly(@ForAll("peaks") Peak one, @ForAll("peaks") Peak other) {
        PeakDifference difference = PeakDifference.between("one", one, "other", other);
        assertThat(difference.bytes()).isEqualTo(other.bytes() - one.bytes());
        assertThat(difference.parts().stream()
                        .mapToLong(PeakDifference.Part::bytes)
                        .sum())
                .isEqualTo(difference.bytes());
        assertThat(difference.parts().stream()
                        .mapToInt(PeakDifference.Part::count)
                        .sum())
                .isEqualTo(other.holders().size() - one.holders().size());
    }
}
