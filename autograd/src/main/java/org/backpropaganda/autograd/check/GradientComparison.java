package org.backpropaganda.autograd.check;

import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.backpropaganda.autograd.graph.Gradients;
import org.jspecify.annotations.Nullable;

/**
 * How far gradients g lie from reference gradients g₀ of the same parameters. Element-wise errors mean nothing near
 * zero; norms do.
 *
 * @param byParameter each parameter's difference, by path
 * @param total of all parameters as one vector
 */
public record GradientComparison(Map<String, Difference> byParameter, Difference total) {
    /**
     * The difference of two vectors.
     *
     * @param relativeError ‖g − g₀‖₂ / ‖g₀‖₂, or null where g₀ is zero
     * @param cosine ⟨g, g₀⟩ / ‖g‖₂‖g₀‖₂, or null where either is zero
     * @param distance ‖g − g₀‖₂
     * @param norm ‖g‖₂
     * @param referenceNorm ‖g₀‖₂
     */
    public record Difference(
            @Nullable Double relativeError,
            @Nullable Double cosine,
            double distance,
            double norm,
            double referenceNorm) {}

    /** The gradients by path, copied to the heap; a parameter that no gradient reached is absent. */
    public static Map<String, double[]> snapshot(Gradients gradients) {
        Map<String, double[]> copies = new LinkedHashMap<>();
        gradients.forEach((parameter, gradient) -> {
            if (copies.put(parameter.path(), gradient.toDoubles()) != null) {
                throw new IllegalArgumentException("gradient comparison: two parameters are called \""
                        + parameter.path() + "\"; put them in one module");
            }
        });
        return copies;
    }

    /** Compares two sets of gradients, by the paths of the parameters. */
    public static GradientComparison of(Gradients gradients, Gradients reference) {
        return of(snapshot(gradients), snapshot(reference));
    }

    /**
     * Compares two sets of gradients.
     *
     * @throws IllegalArgumentException if they are not of the same parameters
     */
    public static GradientComparison of(Map<String, double[]> gradients, Map<String, double[]> reference) {
        if (!gradients.keySet().equals(reference.keySet())) {
            TreeSet<String> onlyHere = new TreeSet<>(gradients.keySet());
            onlyHere.removeAll(reference.keySet());
            TreeSet<String> onlyThere = new TreeSet<>(reference.keySet());
            onlyThere.removeAll(gradients.keySet());
            throw new IllegalArgumentException(
                    "gradient comparison: without a reference: " + onlyHere + ", without a gradient: " + onlyThere);
        }
        Map<String, Difference> differences = new LinkedHashMap<>();
        Sums all = new Sums();
        reference.forEach((path, expected) -> {
            double[] actual = gradients.get(path);
            if (actual == null || actual.length != expected.length) {
                throw new IllegalArgumentException("gradient comparison: " + path + " has "
                        + (actual == null ? 0 : actual.length) + " elements, its reference " + expected.length);
            }
            Sums sums = new Sums();
            sums.add(actual, expected);
            all.add(actual, expected);
            differences.put(path, sums.difference());
        });
        return new GradientComparison(Collections.unmodifiableMap(differences), all.difference());
    }

    /** The differences by layer: the parameters of one path but for its last name are one vector. */
    public Map<String, Difference> byLayer() {
        return byLayer(byParameter);
    }

    /** Differences by layer, of parameters that were compared one at a time, by path. */
    public static Map<String, Difference> byLayer(Map<String, Difference> byParameter) {
        Map<String, Sums> sums = new LinkedHashMap<>();
        byParameter.forEach((path, difference) -> sums.computeIfAbsent(
                        path.substring(0, Math.max(0, path.lastIndexOf('.'))), layer -> new Sums())
                .add(difference));
        Map<String, Difference> layers = new LinkedHashMap<>();
        sums.forEach((layer, sum) -> layers.put(layer, sum.difference()));
        return Collections.unmodifiableMap(layers);
    }

    /** The parameter of the largest relative error, if any has a reference that is not zero. */
    public Optional<Map.Entry<String, Difference>> worst() {
        return byParameter.entrySet().stream()
                .filter(entry -> entry.getValue().relativeError() != null)
                .max(Comparator.comparingDouble(entry -> orZero(entry.getValue().relativeError())));
    }

    private static double orZero(@Nullable Double value) {
        return value == null ? 0 : value;
    }

    private static final class Sums {
        private double distance;
        private double norm;
        private double reference;
        private double product;

        void add(double[] actual, double[] expected) {
            for (int i = 0; i < actual.length; i++) {
                distance += (actual[i] - expected[i]) * (actual[i] - expected[i]);
                norm += actual[i] * actual[i];
                reference += expected[i] * expected[i];
                product += actual[i] * expected[i];
            }
        }

        void add(Difference part) {
            distance += part.distance * part.distance;
            norm += part.norm * part.norm;
            reference += part.referenceNorm * part.referenceNorm;
            product += orZero(part.cosine) * part.norm * part.referenceNorm;
        }

        Difference difference() {
            double g = Math.sqrt(norm);
            double g0 = Math.sqrt(reference);
            double d = Math.sqrt(distance);
            return new Difference(g0 == 0 ? null : d / g0, g == 0 || g0 == 0 ? null : product / g / g0, d, g, g0);
        }
    }
}
