package org.backpropaganda.reversible.abn;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.backpropaganda.autograd.io.TensorFile;
import org.backpropaganda.autograd.io.Weights;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Weights of the authors' own in-place norm, into models with {@link InPlaceAbn} and back. Names are the same (weight, bias,
 * running_mean, running_var); their layer scales by γ = |w| + ε, ours by γ = w.
 *
 * <pre>{@code
 * try (TensorFile file = SafeTensors.open(path)) {
 *     AuthorsWeights.load(file, model);
 * }
 * SafeTensors.write(path, AuthorsWeights.of(model, scope));
 * }</pre>
 *
 * <p>Source: the layer that Rota Bulò et al. 2018, "In-Place Activated BatchNorm for Memory-Optimized Training of DNNs", publish:
 * {@code y = (x − mean)/√(var + ε) (|w| + ε) + b} and the activation behind it; by default ε = 1e-5, momentum 0.1 and leaky ReLU
 * of slope 0.01, as {@code new InPlaceAbn(factory, channels, 0.01)}.
 */
public final class AuthorsWeights {
    private AuthorsWeights() {}

    /**
     * Loads a whole file of theirs into a model that has exactly its tensors: γ = |w| + ε in every in-place norm, everything
     * else as it is.
     *
     * @param model modified
     * @throws org.backpropaganda.autograd.io.TensorFileException if anything does not match; then nothing was modified
     */
    public static void load(TensorFile file, Module model) throws IOException {
        Weights.load(file, model);
        Set<Tensor> converted = new HashSet<>();
        visit("", model, (path, abn) -> {
            Tensor weight = abn.weight().value();
            if (!converted.add(weight)) {
                return;
            }
            double[] theirs = weight.toDoubles();
            Vectors.set(weight, c -> Math.abs(theirs[c]) + abn.epsilon());
        });
    }

    /**
     * Parameters and buffers of a model by path, to be written, with w = γ − ε in every in-place norm: the authors' layer then
     * computes the same.
     *
     * @param model not modified
     * @param scope takes the converted weights; all others are the model's own
     * @throws IllegalArgumentException if some γ is below ε, as theirs never is; the message names norms and channels
     */
    public static Map<String, Tensor> of(Module model, TensorScope scope) {
        Map<String, Tensor> weights = new LinkedHashMap<>(Weights.of(model));
        List<String> wrong = new ArrayList<>();
        Map<Tensor, Tensor> converted = new LinkedHashMap<>();
        visit("", model, (path, abn) -> {
            Tensor weight = abn.weight().value();
            double[] gamma = weight.toDoubles();
            double least = rounded(abn.epsilon(), weight.dtype());
            List<Integer> below = new ArrayList<>();
            for (int c = 0; c < gamma.length; c++) {
                if (!(gamma[c] >= least)) {
                    below.add(c);
                }
            }
            if (below.isEmpty()) {
                converted.put(weight, Vectors.like(weight, scope, c -> gamma[c] - least));
            } else {
                wrong.add((path.isEmpty() ? "γ" : path + ": γ") + " of channels " + below + " is below ε = "
                        + abn.epsilon());
            }
        });
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException("AuthorsWeights: " + String.join("; ", wrong)
                    + "; their |w| + ε never is: export plain batch norms instead (InPlaceAbn.toBatchNorm)");
        }
        weights.replaceAll((path, tensor) -> converted.getOrDefault(tensor, tensor));
        return weights;
    }

    /** As γ = |w| + ε of w = 0 is, in the type of γ. */
    private static double rounded(double epsilon, DType dtype) {
        return switch (dtype) {
            case FLOAT -> (float) epsilon;
            case DOUBLE, INT, BYTE, BIT -> epsilon;
        };
    }

    private static void visit(String path, Module module, BiConsumer<String, InPlaceAbn> visitor) {
        if (module instanceof InPlaceAbn abn) {
            visitor.accept(path, abn);
        }
        module.children()
                .forEach((name, child) ->
                        visit(path.isEmpty() || name.isEmpty() ? path + name : path + "." + name, child, visitor));
    }
}
