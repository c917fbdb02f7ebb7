package org.backpropaganda.experiments.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Strategy;

/**
 * One way to train a workload.
 *
 * @param name on the command line and in reports: a strategy of this library, or a form and an allocator setting of the
 *     peer
 * @param environment of its process
 */
public record Contender(String name, Map<String, String> environment) {
    private static final String PEER = "peer-";
    private static final String PLAIN = "plain";

    /** Updates each parameter as soon as its gradient is complete. */
    private static final String DURING_BACKWARD = "-inbackward";

    /** How the peer is run: what glibc's allocator is told, or on one thread alone. */
    private enum Setting {
        DEFAULT,
        KEEPING,
        LEAN,
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
    }

    /**
     * All that a workload is trained by. The peer runs with the allocator as it is, told to keep its memory, told to give
     * it back, and on one thread (its threads may cost more than they bring): it is timed in the fastest of these
     * settings and weighed in the leanest.
     */
    public static List<Contender> of(Workload workload, boolean withPeer) {
        List<Contender> contenders = new ArrayList<>();
        contenders.add(new Contender(PLAIN, Map.of()));
        contenders.add(new Contender(PLAIN + DURING_BACKWARD, Map.of()));
        contenders.add(new Contender("checkpoint", Map.of()));
        if (workload.kind() == ModelSpec.Kind.CHAIN || workload.kind() == ModelSpec.Kind.REVNET) {
            contenders.add(new Contender("reversible", Map.of()));
            contenders.add(new Contender("reversible+abn", Map.of()));
        }
        if (workload.kind() == ModelSpec.Kind.RESNET) {
            contenders.add(new Contender("abn", Map.of()));
        }
        if (withPeer) {
            for (Peer.Form form : Peer.Form.of(workload.kind())) {
                for (Setting setting : Setting.values()) {
                    contenders.add(new Contender(PEER + form + "-" + setting, setting.environment()));
                }
            }
        }
        return contenders;
    }

    /** Whether this is another library. */
    public boolean isPeer() {
        return name.startsWith(PEER);
    }

    /** Opens it in this process. */
    static Trainer open(String name, Workload workload, int threads) {
        if (!name.startsWith(PEER)) {
            boolean duringBackward = name.endsWith(DURING_BACKWARD);
            String strategy = duringBackward ? name.substring(0, name.length() - DURING_BACKWARD.length()) : name;
            return new OwnTrainer(workload, Strategy.parse(strategy), DType.FLOAT, threads, duringBackward);
        }
        String[] words = name.split("-", -1);
        if (words.length != 3) {
            throw new UserException("unknown contender '" + name + "'");
        }
        return Peer.find()
                .open(
                        workload,
                        Peer.Form.parse(words[1]),
                        DType.FLOAT,
                        words[2].equals(Setting.SINGLE.toString()) ? 1 : threads,
                        Map.of());
    }
}
