package org.backpropaganda.experiments.sequence;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.experiments.page.Axis;
import org.backpropaganda.experiments.page.Block;
import org.backpropaganda.experiments.page.Curve;
import org.backpropaganda.experiments.page.Format;
import org.backpropaganda.experiments.page.Lines;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.page.Tiles;
import org.jspecify.annotations.Nullable;

/** The sections of a page of a sequence task. */
public final class SequenceSections {
    private SequenceSections() {}

    /**
     * A moment of a run.
     *
     * @param step windows that were trained on
     * @param length of the sequences that are trained, in steps
     * @param bits of the batches that were judged last; NaN if none were
     */
    public record Moment(long step, int length, double bits) {
        /** Of a run as it is. */
        public static Moment of(SequenceRun run) {
            return new Moment(run.step(), run.level().length(), run.bits());
        }
    }

    /** The longest sequence that was solved, and how the run came there. */
    public static List<Section> of(SequenceRun run, List<Moment> course) {
        CopyLevel solved = run.solved();
        List<Tiles.Tile> tiles = new ArrayList<>();
        tiles.add(new Tiles.Tile(
                "Longest sequence solved",
                solved == null ? "none" : solved.length(),
                Format.COUNT,
                solved == null ? "" : "steps: " + solved.symbols() + " symbols, " + solved.repeats() + " times"));
        tiles.add(new Tiles.Tile("Windows", run.step(), Format.COUNT, "trained on"));
        tiles.add(new Tiles.Tile("Peak of activations", run.peakActivationBytes(), Format.BYTES, "exact"));
        List<Block> curves = new ArrayList<>();
        if (!course.isEmpty()) {
            List<Long> steps = course.stream().map(Moment::step).toList();
            List<@Nullable Double> bits = new ArrayList<>();
            course.forEach(moment -> bits.add(Double.isFinite(moment.bits()) ? moment.bits() : null));
            curves.add(new Lines(
                    "Length of the sequences that are trained",
                    Axis.linear("window", Format.COUNT),
                    Axis.linear("steps", Format.COUNT),
                    List.of(new Curve(
                            "length",
                            Curve.Style.STEP,
                            steps,
                            course.stream().map(Moment::length).toList()))));
            curves.add(new Lines(
                    "Bits a bit, of the batches that were judged last",
                    Axis.linear("window", Format.COUNT),
                    Axis.linear("bits", Format.NUMBER),
                    List.of(new Curve("bits", Curve.Style.LINE, steps, bits))));
        }
        return List.of(
                new Section(
                        "result",
                        "Result",
                        "Sequences grow as soon as those before are solved.",
                        List.of(new Tiles(tiles))),
                new Section("course", "The course of the training", "The curriculum, and how well it goes.", curves));
    }
}
