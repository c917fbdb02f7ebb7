package org.backpropaganda.checkpointing.schedule;

import static org.backpropaganda.checkpointing.schedule.ScheduleSetting.BACKWARD_COST;
import static org.backpropaganda.checkpointing.schedule.ScheduleSetting.EVERY;
import static org.backpropaganda.checkpointing.schedule.ScheduleSetting.FILE_SLOTS;
import static org.backpropaganda.checkpointing.schedule.ScheduleSetting.FORWARD_COST;
import static org.backpropaganda.checkpointing.schedule.ScheduleSetting.PERIOD;
import static org.backpropaganda.checkpointing.schedule.ScheduleSetting.READ_COST;
import static org.backpropaganda.checkpointing.schedule.ScheduleSetting.SLOTS;
import static org.backpropaganda.checkpointing.schedule.ScheduleSetting.WRITE_COST;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The schedules by the words that command lines say, each with the settings that it takes.
 *
 * <pre>{@code
 * Schedule schedule = ScheduleKind.parse("multistage=3/2", 100);      // 3 slots in memory, 2 in a file
 * }</pre>
 */
public final class ScheduleKind {
    private static final ScheduleSetting[] OF_A_FILE = {SLOTS, WRITE_COST, READ_COST, FORWARD_COST, BACKWARD_COST};

    private static final List<ScheduleKind> ALL = List.of(
            new ScheduleKind("sqrt", "√n segments, recorded one at a time", (n, of) -> new SquareRoot(n)),
            new ScheduleKind(
                    "every",
                    "segments of a given length, recorded one at a time",
                    (n, of) -> new EveryK(n, of.count(EVERY)),
                    EVERY),
            new ScheduleKind(
                    "revolve",
                    "the fewest steps for a number of slots",
                    (n, of) -> new Revolve(n, of.count(SLOTS)),
                    SLOTS),
            new ScheduleKind(
                    "multistage",
                    "revolve over memory and a file, what is used most in memory",
                    (n, of) -> new Multistage(n, of.count(SLOTS), of.count(FILE_SLOTS)),
                    SLOTS,
                    FILE_SLOTS),
            new ScheduleKind(
                    "two-level",
                    "a file for every period, revolve in memory within",
                    (n, of) -> new TwoLevel(n, of.count(SLOTS), of.count(PERIOD)),
                    SLOTS,
                    PERIOD),
            new ScheduleKind(
                    "periodic-disk",
                    "two-level with the period that costs least",
                    (n, of) -> new PeriodicDisk(n, of.count(SLOTS), of.costs()),
                    OF_A_FILE),
            new ScheduleKind(
                    "disk-revolve",
                    "the cheapest with a file of any size",
                    (n, of) -> new DiskRevolve(n, of.count(SLOTS), of.costs()),
                    OF_A_FILE),
            new ScheduleKind(
                    "h-revolve",
                    "the cheapest with a number of slots in a file",
                    (n, of) -> new HRevolve(n, of.count(SLOTS), of.count(FILE_SLOTS), of.costs()),
                    SLOTS,
                    FILE_SLOTS,
                    WRITE_COST,
                    READ_COST,
                    FORWARD_COST,
                    BACKWARD_COST),
            new ScheduleKind(
                    "mixed", "slots hold states or adjoint data", (n, of) -> new Mixed(n, of.count(SLOTS)), SLOTS),
            new ScheduleKind(
                    "online",
                    "for a length that shows only in the end",
                    (n, of) -> new Online(of.count(SLOTS)),
                    SLOTS));

    private final String word;
    private final String description;
    private final Maker maker;
    private final List<ScheduleSetting> settings;

    private interface Maker {
        Schedule make(int steps, Values values);
    }

    /** Settings with the usual ones filled in. */
    private record Values(Map<ScheduleSetting, Double> given) {
        double of(ScheduleSetting setting) {
            return given.containsKey(setting)
                    ? given.get(setting)
                    : setting.usual().orElseThrow();
        }

        int count(ScheduleSetting setting) {
            double value = of(setting);
            if (value != Math.rint(value) || Double.isInfinite(value)) {
                throw new IllegalArgumentException(setting.word() + " " + value + " is no count");
            }
            if (value > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(setting.word() + " "
                        + BigDecimal.valueOf(value).toBigInteger() + " is above " + Integer.MAX_VALUE);
            }
            return (int) value;
        }

        StepCosts costs() {
            return new StepCosts(of(WRITE_COST), of(READ_COST), of(FORWARD_COST), of(BACKWARD_COST));
        }
    }

    private ScheduleKind(String word, String description, Maker maker, ScheduleSetting... settings) {
        this.word = word;
        this.description = description;
        this.maker = maker;
        this.settings = List.of(settings);
    }

    /** Every kind, as help lists them. */
    public static List<ScheduleKind> all() {
        return ALL;
    }

    /** As it is said on a command line. */
    public String word() {
        return word;
    }

    /** In a few words. */
    public String description() {
        return description;
    }

    /** What it is made with, in the order in which {@link #parse} reads them. */
    public List<ScheduleSetting> settings() {
        return settings;
    }

    /**
     * Makes a schedule.
     *
     * @param steps of the chain; {@link Online} asks for none
     * @param given numbers by setting; those that have usual values may be left out
     * @throws IllegalArgumentException if one is missing, foreign or out of range
     */
    public Schedule make(int steps, Map<ScheduleSetting, Double> given) {
        for (ScheduleSetting setting : settings) {
            if (!given.containsKey(setting) && setting.usual().isEmpty()) {
                throw new IllegalArgumentException(
                        word + " needs the setting " + setting.word() + " (" + setting.description() + ")");
            }
        }
        for (ScheduleSetting setting : given.keySet()) {
            if (!settings.contains(setting)) {
                throw new IllegalArgumentException(word + " takes no " + setting.word() + "; it takes " + taken());
            }
        }
        return maker.make(steps, new Values(Map.copyOf(given)));
    }

    /**
     * Finds a kind by its word.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static ScheduleKind of(String word) {
        return ALL.stream()
                .filter(kind -> kind.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown schedule '" + word + "': choose "
                        + ALL.stream().map(ScheduleKind::word).collect(Collectors.joining(", "))));
    }

    /**
     * Reads a schedule as {@link Schedule#name()} says it: a word, and behind {@code =} its settings in their order, separated
     * by slashes; the last ones may be left out if they have usual values. {@code "sqrt"}, {@code "revolve=5"}, {@code
     * "multistage=3/2"}.
     *
     * @param steps of the chain
     * @throws IllegalArgumentException if the word is unknown, or a setting is missing, too much, no number or out of range
     */
    public static Schedule parse(String text, int steps) {
        int equals = text.indexOf('=');
        ScheduleKind kind = of(equals < 0 ? text : text.substring(0, equals));
        String[] numbers =
                equals < 0 ? new String[0] : text.substring(equals + 1).split("/", -1);
        if (numbers.length > kind.settings.size()) {
            throw new IllegalArgumentException(
                    "'" + text + "' has " + numbers.length + " settings; " + kind.word + " takes " + kind.taken());
        }
        Map<ScheduleSetting, Double> given = new LinkedHashMap<>();
        for (int i = 0; i < numbers.length; i++) {
            given.put(kind.settings.get(i), number(text, kind.settings.get(i), numbers[i]));
        }
        return kind.make(steps, given);
    }

    private static double number(String text, ScheduleSetting setting, String number) {
        try {
            return Double.parseDouble(number);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "'" + text + "': " + setting.word() + " '" + number + "' is no number", e);
        }
    }

    @Override
    public String toString() {
        return word;
    }

    private String taken() {
        return settings.isEmpty()
                ? "no settings"
                : settings.stream().map(ScheduleSetting::word).collect(Collectors.joining(", "));
    }
}
