package org.backpropaganda.experiments.report.sections;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.experiments.page.Block;
import org.backpropaganda.experiments.page.Facts;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.page.Words;
import org.backpropaganda.experiments.report.Environment;

/** Where a page's figures were made, and the command that makes them again. */
public final class EnvironmentSection {
    private EnvironmentSection() {}

    /**
     * A section.
     *
     * @param command as it was typed; empty where it is not known
     * @param settings of the run by name; may be empty
     */
    public static Section of(Environment environment, String command, Map<String, String> settings) {
        Map<String, String> facts = facts(environment);
        facts.putAll(settings);
        List<Block> blocks = new ArrayList<>();
        if (!command.isEmpty()) {
            blocks.add(new Words("Command", List.of(command), true));
        }
        blocks.add(new Facts(facts));
        return new Section("environment", "Environment", "Where these figures were made, and how.", blocks);
    }

    /** An environment by names. */
    public static Map<String, String> facts(Environment environment) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("processor", environment.cpu());
        facts.put("threads", Integer.toString(environment.threads()));
        facts.put("system", environment.os());
        facts.put("Java", environment.java());
        facts.put("ND4J", environment.nd4j());
        facts.put("oneDNN", environment.onednn());
        facts.put("commit", environment.gitCommit());
        return facts;
    }
}
