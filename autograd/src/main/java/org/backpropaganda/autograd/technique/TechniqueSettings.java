package org.backpropaganda.autograd.technique;

import java.util.Map;
import java.util.Optional;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.jspecify.annotations.Nullable;

/**
 * What a technique may use beside the structure of a model.
 *
 * @param factory for parameters that the technique adds; those of the model are drawn by then
 * @param numbers settings by name, as {@code modules}
 * @param words settings by name that are no numbers, as {@code offload-dir}
 * @param step what a training step has beside the model, or null where nobody knows
 */
public record TechniqueSettings(
        ParameterFactory factory,
        Map<String, Integer> numbers,
        Map<String, String> words,
        @Nullable StepOutline step) {
    /** Copies the maps. */
    public TechniqueSettings {
        numbers = Map.copyOf(numbers);
        words = Map.copyOf(words);
    }

    /** Numbers alone. */
    public TechniqueSettings(ParameterFactory factory, Map<String, Integer> numbers) {
        this(factory, numbers, Map.of(), null);
    }

    /** The same beside another model of the same step, whose parameters come from another factory. */
    public TechniqueSettings with(ParameterFactory other) {
        return new TechniqueSettings(other, numbers, words, step);
    }

    /** A setting in words, if somebody set it. */
    public Optional<String> word(String name) {
        return Optional.ofNullable(words.get(name));
    }

    /**
     * A setting in words that is a number with a point, or what it is where nobody set it.
     *
     * @throws IllegalArgumentException if it is no number
     */
    public double real(String name, double usual) {
        String written = words.get(name);
        try {
            return written == null ? usual : Double.parseDouble(written);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " " + written + " is no number; give one, as " + usual, e);
        }
    }

    /** A setting, or what it is where nobody set it. */
    public int number(String name, int usual) {
        return numbers.getOrDefault(name, usual);
    }
}
