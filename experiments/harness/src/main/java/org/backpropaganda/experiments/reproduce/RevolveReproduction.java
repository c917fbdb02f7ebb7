package org.backpropaganda.experiments.reproduce;

import java.util.List;
import java.util.Map;
import org.backpropaganda.checkpointing.schedule.Revolve;
import org.backpropaganda.checkpointing.schedule.ScheduleInterpreter;
import org.backpropaganda.checkpointing.schedule.Storage;

/** {@code revolve}: steps that binomial checkpointing computes once more, counted as its schedule is executed. */
public final class RevolveReproduction implements Reproduction {
    private static final List<Row> ROWS = List.of(
            new Row(10, 3, "15"),
            new Row(50, 3, "180"),
            new Row(50, 7, "105"),
            new Row(100, 5, "316"),
            new Row(100, 10, "222"),
            new Row(1000, 10, "3636"));

    /**
     * A chain.
     *
     * @param extra r n − C(s + r, r − 1) by the theorem, with the least r for which C(s + r, s) ≥ n
     */
    private record Row(int steps, int slots, String extra) {}

    @Override
    public String name() {
        return "revolve";
    }

    @Override
    public String source() {
        return "Griewank and Walther 2000, \"Algorithm 799: Revolve\"";
    }

    @Override
    public List<Figure> figures() {
        return ROWS.stream()
                .map(row -> new Figure(
                        row.steps + " steps, " + row.slots + " slots",
                        "steps again",
                        row.extra,
                        again(row.steps, row.slots),
                        ""))
                .toList();
    }

    static long again(int steps, int slots) {
        return ScheduleInterpreter.run(new Revolve(steps, slots), steps, Map.of(Storage.RAM, slots))
                        .forwardSteps()
                - steps;
    }

    @Override
    public List<String> differences() {
        return List.of(
                "none: an interpreter that holds no tensor executes the schedule, refuses what cannot be there, and counts");
    }
}
