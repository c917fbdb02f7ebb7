package org.backpropaganda.experiments.bench;

import java.util.Locale;
import java.util.Optional;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.process.ChildProgram;
import org.backpropaganda.experiments.report.Json;

/** One contender in this JVM: the program that a benchmark starts for each. */
public final class BenchChild {
    private BenchChild() {}

    /**
     * Measures.
     *
     * @param arguments {@code --workload NAME --threads T --result FILE}, and {@code --strategy NAME}, {@code --form NAME --setting
     *     NAME} of the peer, or {@code --agreement float|double}
     */
    public static void main(String[] arguments) {
        System.exit(ChildProgram.run(arguments, BenchChild::measure));
    }

    private static void measure(ChildProgram.Arguments given) {
        Workload workload = Workload.parse(given.word("workload"));
        int threads = threads(given.word("threads"));
        Optional<String> agreement = given.find("agreement");
        Object measured = agreement.isPresent()
                ? Agreement.of(workload, DType.valueOf(agreement.get().toUpperCase(Locale.ROOT)), threads)
                : BenchRun.of(Contender.of(given), workload, threads);
        Json.write(given.path("result"), measured);
    }

    private static int threads(String word) {
        try {
            return Integer.parseInt(word);
        } catch (NumberFormatException e) {
            throw new UserException("threads '" + word + "' is not a number");
        }
    }
}
