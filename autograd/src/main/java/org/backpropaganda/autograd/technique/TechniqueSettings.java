package org.backpropaganda.autograd.technique;

import java.util.Map;
import java.util.Optional;
import org.backpropaganda.autograd.nn.ParameterFactory;

/**
 * What a technique may use beside the structure of a model.
 *
 * @param factory for parameters that the technique adds; those of the model are drawn by then
 * @param numbers settings by name, as {@code modules}
 * @param words settings by name that are no numbers, as {@code offload-dir}
 */
public record TechniqueSettings(ParameterFactory factory, Map<String, Integer> numbers, Map<String, String> words) {
    /** Copies the maps. */
    public TechniqueSettings {
        numbers = Map.copyOf(numbers);
        words = Map.copyOf(words);
    }

    /** Numbers alone. */
    public TechniqueSettings(ParameterFactory factory, Map<String, Integer> numbers) {
        this(factory, numbers, Map.of());
    }

    /** A setting in words, if somebody set it. */
    public Optional<String> word(String name) {
        return Optional.ofNullable(words.get(name));
    }

    /** A setting, or what it is where nobody set it. */
    public int number(String name, int usual) {
        return numbers.getOrDefault(name, usual);
    }
}
