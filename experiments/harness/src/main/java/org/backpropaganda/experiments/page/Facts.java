package org.backpropaganda.experiments.page;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Names and what they stand for.
 *
 * @param facts in order
 */
public record Facts(Map<String, String> facts) implements Block {
    /** Copies the facts. */
    public Facts {
        facts = new LinkedHashMap<>(facts);
    }
}
