package org.backpropaganda.checkpointing.planner;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;

/** The laws of modules, for models that are executed as plans say. */
class PlannedContractTest extends ModuleContract {
    private static final int WIDTH = 5;

    @Override
    protected Stream<ModuleCase> cases() {
        Input batch = Input.in(6, WIDTH);
        return Stream.of(
                ModuleCase.of("stored", f -> planned(f, "ssssssssssss"), batch),
                ModuleCase.of("a segment over whole blocks", f -> planned(f, "[ssss]ssssssss"), batch),
                ModuleCase.of("a segment that begins at a block", f -> planned(f, "ssss[ssssssss]"), batch),
                ModuleCase.of("segments inside a block", f -> planned(f, "ss[ss]s[s]ssssss"), batch),
                ModuleCase.of("a segment in a segment", f -> planned(f, "[ssss[ssss]]ssss"), batch),
                ModuleCase.of("with recipes", f -> planned(f, "cccc[ccss]ssss"), batch));
    }

    /**
     * Three blocks of four layers by a plan.
     *
     * @param code a letter for each layer, {@code s} where it stores and {@code c} where what is cheap is computed again, and
     *     brackets around segments
     */
    private static Module planned(ParameterFactory factory, String code) {
        Sequential model = new Sequential(
                IntStream.range(0, 3).mapToObj(i -> block(factory)).toList());
        Plan plan = Plan.fromJson(json(code));
        return new PlannedModule(plan, plan.applyTo(model, factory.scope()).module());
    }

    private static Module block(ParameterFactory factory) {
        return new Sequential(
                new Linear(factory, WIDTH, WIDTH, true),
                new BatchNorm(factory, WIDTH),
                Activation.tanh(),
                new Dropout(0.3));
    }

    private static String json(String code) {
        List<String> blocks = IntStream.range(0, 12)
                .mapToObj(i -> '"' + Integer.toString(i / 4) + "." + i % 4 + '"')
                .toList();
        return "{\"predictedPeakBytes\":1,\"time\":1,\"plainPeakBytes\":1,\"plainTime\":1,\"rows\":[],\"blocks\":"
                + blocks + ",\"plan\":" + new Code(code).steps() + "}";
    }

    /** Reads the letters of a plan. */
    private static final class Code {
        private final String letters;
        private int at;
        private int block;

        Code(String letters) {
            this.letters = letters;
        }

        String steps() {
            StringBuilder steps = new StringBuilder("[");
            while (at < letters.length() && letters.charAt(at) != ']') {
                steps.append(steps.length() > 1 ? "," : "").append(step());
            }
            at++;
            return steps.append(']').toString();
        }

        private String step() {
            char letter = letters.charAt(at++);
            if (letter == '[') {
                int from = block;
                String inner = steps();
                return "{\"replay\":[" + from + "," + block + "],\"plan\":" + inner + "}";
            }
            String option = letter == 'c' ? "cheap" : "store";
            return "{\"save\":" + block++ + ",\"option\":\"" + option + "\"}";
        }
    }
}
