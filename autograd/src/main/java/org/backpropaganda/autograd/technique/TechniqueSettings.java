package org.backpropaganda.autograd.technique;

import java.util.Map;
import org.backpropaganda.autograd.nn.ParameterFactory;

/**
 * What a technique may use beside the structure of a model.
 *
 * @param factory for parameters that the technique adds; those of the model are drawn by then
 * @param numbers settings by name, as {@code modules}
 */
public record TechniqueSettings(ParameterFactory factory, Map<String, Integer> numbers) {
    /** Copies the numbers. */
    public TechniqueSettings {
        numbers = Map.copyOf(numbers);
    }

    /** A setting, or what it is where nobody set it. */
    public int number(String name, int usual) {
        return numbers.getOrDefault(name, usual);
    }
}
