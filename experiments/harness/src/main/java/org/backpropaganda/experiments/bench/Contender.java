package org.backpropaganda.experiments.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.process.ChildProgram;

/** One way to train a workload. */
public sealed interface Contender {
    /** The name in reports. */
    String name();

    /** Of its process. */
    Map<String, String> environment();

    /** By which a process of its own is told of it, for {@link #of(ChildProgram.Arguments)}. */
    List<String> arguments();

    /** Whether it is there to be weighed, which one run tells. */
    boolean isWeighedAlone();

    /** Whether this is another library. */
    boolean isPeer();

    /** Opens it in this process. */
    Trainer open(Workload workload, int threads);

    /**
     * This library.
     *
     * @param strategy of the model
     * @param duringBackward whether each parameter is updated as soon as its gradient is complete
     */
    record Own(Strategy strategy, boolean duringBackward) implements Contender {
        @Override
        public String name() {
            return strategy + (duringBackward ? "-inbackward" : "");
        }

        @Override
        public Map<String, String> environment() {
            return Map.of();
        }

        @Override
        public List<String> arguments() {
            return List.of("--strategy", strategy.toString(), "--during-backward", Boolean.toString(duringBackward));
        }

        @Override
        public boolean isWeighedAlone() {
            return false;
        }

        @Override
        public boolean isPeer() {
            return false;
        }

        @Override
        public Trainer open(Workload workload, int threads) {
            return new OwnTrainer(workload, strategy, DType.FLOAT, threads, duringBackward);
        }
    }

    /**
     * The other library.
     *
     * @param form how the model is written in it
     * @param setting how it is run
     */
    record Foreign(Peer.Form form, Setting setting) implements Contender {
        @Override
        public String name() {
            return "peer-" + form + "-" + setting;
        }

        @Override
        public Map<String, String> environment() {
            return setting.environment();
        }

        @Override
        public List<String> arguments() {
            return List.of("--form", form.toString(), "--setting", setting.toString());
        }

        @Override
        public boolean isWeighedAlone() {
            return setting == Setting.LEAN;
        }

        @Override
        public boolean isPeer() {
            return true;
        }

        @Override
        public Trainer open(Workload workload, int threads) {
            return Peer.find().open(workload, form, DType.FLOAT, setting == Setting.SINGLE ? 1 : threads, Map.of());
        }
    }

    /** How the peer is run: what glibc's allocator is told, or on one thread alone. */
    enum Setting {
        /** The allocator as it is. */
        DEFAULT,
        /** Told to keep its memory. */
        KEEPING,
        /** Told to give it back. */
        LEAN,
        /** On one thread: several may cost more than they bring. */
        SINGLE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        Map<String, String> environment() {
            return switch (this) {
                case DEFAULT -> Map.of();
                case KEEPING -> Map.of("MALLOC_MMAP_THRESHOLD_", "33554432", "MALLOC_TRIM_THRESHOLD_", "17179869184");
                case LEAN -> Map.of("MALLOC_MMAP_THRESHOLD_", "65536");
                case SINGLE -> Map.of("OMP_NUM_THREADS", "1", "OPENBLAS_NUM_THREADS", "1");
            };
        }

        static Setting parse(String text) {
            return Arrays.stream(values())
                    .filter(setting -> setting.toString().equals(text))
                    .findFirst()
                    .orElseThrow(() -> new UserException("unknown setting of the peer '" + text + "'"));
        }
    }

    /**
     * All that a workload is trained by. The peer is timed in the fastest of its settings and weighed in the leanest.
     */
    static List<Contender> of(Workload workload, boolean withPeer) {
        List<Contender> contenders = new ArrayList<>();
        contenders.add(new Own(Strategy.PLAIN, false));
        contenders.add(new Own(Strategy.PLAIN, true));
        workload.contest().strategies().forEach(each -> contenders.add(new Own(Strategy.parse(each), false)));
        workload.contest().duringBackward().forEach(each -> contenders.add(new Own(Strategy.parse(each), true)));
        if (withPeer) {
            for (Peer.Form form : workload.contest().forms()) {
                for (Setting setting : Setting.values()) {
                    contenders.add(new Foreign(form, setting));
                }
            }
        }
        return contenders;
    }

    /** The one that {@link #arguments} tell of. */
    static Contender of(ChildProgram.Arguments given) {
        Optional<String> strategy = given.find("strategy");
        return strategy.isPresent()
                ? new Own(
                        Strategy.parse(strategy.get()),
                        Boolean.parseBoolean(given.find("during-backward").orElse("false")))
                : new Foreign(Peer.Form.parse(given.word("form")), Setting.parse(given.word("setting")));
    }
}
