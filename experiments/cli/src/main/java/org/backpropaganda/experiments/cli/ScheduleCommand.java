package org.backpropaganda.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.backpropaganda.checkpointing.schedule.Action;
import org.backpropaganda.checkpointing.schedule.Schedule;
import org.backpropaganda.checkpointing.schedule.ScheduleCosts;
import org.backpropaganda.checkpointing.schedule.ScheduleInterpreter;
import org.backpropaganda.checkpointing.schedule.ScheduleKind;
import org.backpropaganda.checkpointing.schedule.ScheduleSetting;
import org.backpropaganda.checkpointing.schedule.Storage;
import org.backpropaganda.experiments.UserException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checkpointing schedules as lines of JSON. Options and help come from {@link ScheduleKind}. */
@Command(
        name = "schedule",
        description =
                "Prints what a checkpointing schedule computes, keeps and reverses, one action a line, and what that costs.",
        mixinStandardHelpOptions = true,
        modelTransformer = ScheduleCommand.Settings.class)
final class ScheduleCommand implements Callable<Integer> {
    private static final int LINES_A_LOOK = 4096;

    @Parameters(
            paramLabel = "SCHEDULE",
            completionCandidates = Found.ScheduleNames.class,
            description = "of ${COMPLETION-CANDIDATES}")
    private String word = "";

    @Option(names = "--steps", paramLabel = "N", required = true, description = "of the chain")
    private long steps;

    @CommandLine.Spec
    private @Nullable CommandSpec spec;

    /** An option for each setting, and which schedule takes which. */
    static final class Settings implements CommandLine.IModelTransformer {
        @Override
        public CommandSpec transform(CommandSpec command) {
            for (ScheduleSetting setting : ScheduleSetting.values()) {
                Class<?> type = setting.isWhole() ? Long.class : Double.class;
                command.addOption(OptionSpec.builder("--" + setting.word())
                        .type(type)
                        .paramLabel(setting.isWhole() ? "N" : "COST")
                        .description(setting.description()
                                + setting.usual()
                                        .map(usual -> "; " + usual.intValue() + " by default")
                                        .orElse(""))
                        .build());
            }
            command.usageMessage()
                    .footerHeading("%nThe schedules and what they take:%n")
                    .footer(footer());
            return command;
        }

        private static String[] footer() {
            return ScheduleKind.all().stream()
                    .map(kind -> "  " + kind.word()
                            + kind.settings().stream()
                                    .map(setting -> setting.usual().isPresent()
                                            ? " [--" + setting.word() + "]"
                                            : " --" + setting.word())
                                    .collect(Collectors.joining())
                            + ": " + kind.description())
                    .toArray(String[]::new);
        }
    }

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        Schedule schedule = schedule();
        Lines lines = new Lines(out);
        ScheduleCosts costs = ScheduleInterpreter.run(schedule, (int) steps, Map.of(), lines::print);
        out.print("{\"forwardSteps\":" + costs.forwardSteps() + ",\"peakSlots\":{\"RAM\":"
                + costs.peakSlots().get(Storage.RAM) + ",\"FILE\":"
                + costs.peakSlots().get(Storage.FILE) + "}}\n");
        out.flush();
        return 0;
    }

    private Schedule schedule() {
        try {
            return ScheduleKind.of(word).make(count(), given());
        } catch (IllegalArgumentException e) {
            throw new UserException(Objects.requireNonNullElse(e.getMessage(), "no such schedule"));
        }
    }

    private int count() {
        if (steps < 1 || steps > Schedule.MOST_STEPS) {
            throw new UserException("steps " + steps + " is not within 1 and " + Schedule.MOST_STEPS);
        }
        return (int) steps;
    }

    private Map<ScheduleSetting, Double> given() {
        CommandLine.ParseResult parsed =
                Objects.requireNonNull(spec).commandLine().getParseResult();
        Map<ScheduleSetting, Double> given = new EnumMap<>(ScheduleSetting.class);
        for (ScheduleSetting setting : ScheduleSetting.values()) {
            Number value = parsed.matchedOptionValue("--" + setting.word(), null);
            if (value != null) {
                given.put(setting, value.doubleValue());
            }
        }
        return given;
    }

    /** The end of the first forward is no action of the printed vocabulary. */
    private static final class Lines {
        private final PrintWriter out;
        private long printed;

        Lines(PrintWriter out) {
            this.out = out;
        }

        void print(Action action) {
            if (action instanceof Action.Forward forward) {
                out.print("{\"action\":\"forward\",\"from\":" + forward.from() + ",\"to\":" + forward.to()
                        + ",\"writeRestart\":" + forward.writeRestart() + ",\"writeAdjoint\":"
                        + forward.writeAdjoint() + ",\"storage\":\"" + forward.storage() + "\"}\n");
            } else if (action instanceof Action.Reverse reverse) {
                out.print("{\"action\":\"reverse\",\"from\":" + reverse.from() + ",\"to\":" + reverse.to() + "}\n");
            } else if (action instanceof Action.Copy copy) {
                out.print("{\"action\":\"copy\",\"step\":" + copy.step() + ",\"from\":\"" + copy.from() + "\",\"to\":\""
                        + copy.to() + "\",\"data\":\"" + copy.data() + "\"}\n");
            } else if (action instanceof Action.Move move) {
                out.print("{\"action\":\"move\",\"step\":" + move.step() + ",\"from\":\"" + move.from() + "\",\"to\":\""
                        + move.to() + "\",\"data\":\"" + move.data() + "\"}\n");
            } else if (action instanceof Action.Free free) {
                out.print("{\"action\":\"free\",\"step\":" + free.step() + ",\"storage\":\"" + free.storage()
                        + "\",\"data\":\"" + free.data() + "\"}\n");
            }
            // The writer in front of the standard output does not tell that the latter failed.
            if (++printed % LINES_A_LOOK == 0 && (out.checkError() || System.out.checkError())) {
                throw new UncheckedIOException(new IOException("nobody reads the output any more"));
            }
        }
    }
}
