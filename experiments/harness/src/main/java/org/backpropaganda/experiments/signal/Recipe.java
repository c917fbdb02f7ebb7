package org.backpropaganda.experiments.signal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * What the layers of a deep perceptron are made of, by names.
 *
 * @param initializer of the weights
 * @param activation behind each layer
 * @param norm between a layer and its activation, or {@code none}
 */
public record Recipe(String initializer, String activation, String norm) {
    private static final double SMALL = 0.01;
    private static final String NONE = "none";

    private static final Map<String, Initializer> INITIALIZERS = new TreeMap<>(Map.of(
            "he-normal", Initializer.heNormal(),
            "he-uniform", Initializer.heUniform(),
            "glorot-normal", Initializer.glorotNormal(),
            "glorot-uniform", Initializer.glorotUniform(),
            "orthogonal", Initializer.orthogonal(1),
            "normal-0.01", Initializer.normal(SMALL)));

    private static final Map<String, Supplier<Module>> ACTIVATIONS = new TreeMap<>(Map.of(
            "relu", Activation::relu,
            "leaky-relu", () -> new LeakyRelu(ModelSpec.LEAKY),
            "elu", () -> Activation.elu(1),
            "tanh", Activation::tanh,
            "sigmoid", Activation::sigmoid));

    private static final List<String> NORMS = List.of(NONE, "batch", "layer");

    /** Checks the names. */
    public Recipe {
        require("initializer", initializer, INITIALIZERS.keySet());
        require("activation", activation, ACTIVATIONS.keySet());
        require("norm", norm, NORMS);
    }

    private static void require(String what, String name, Iterable<String> known) {
        for (String one : known) {
            if (one.equals(name)) {
                return;
            }
        }
        throw new UserException("unknown " + what + " '" + name + "': choose of " + String.join(", ", known));
    }

    /** Every combination of names given as lists separated by commas. */
    public static List<Recipe> all(String initializers, String activations, String norms) {
        List<Recipe> recipes = new ArrayList<>();
        for (String initializer : names(initializers)) {
            for (String activation : names(activations)) {
                for (String norm : names(norms)) {
                    recipes.add(new Recipe(initializer, activation, norm));
                }
            }
        }
        return recipes;
    }

    private static List<String> names(String list) {
        return Arrays.stream(list.split(",", -1)).distinct().toList();
    }

    Initializer weights() {
        Initializer chosen = INITIALIZERS.get(initializer);
        if (chosen == null) {
            throw new IllegalStateException("no initializer " + initializer);
        }
        return chosen;
    }

    Module nonlinearity() {
        Supplier<Module> chosen = ACTIVATIONS.get(activation);
        if (chosen == null) {
            throw new IllegalStateException("no activation " + activation);
        }
        return chosen.get();
    }

    @Nullable
    Module norm(ParameterFactory factory, long width) {
        return switch (norm) {
            case "batch" -> new BatchNorm(factory, width);
            case "layer" -> new LayerNorm(factory, width);
            default -> null;
        };
    }

    @Override
    public String toString() {
        return initializer + " " + activation + (norm.equals(NONE) ? "" : " " + norm + " norm");
    }
}
