package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** The tensors that make a model what it is, and how they come back from a file. */
public final class Weights {
    private static final int MOST_SHOWN = 10;

    private Weights() {}

    /**
     * How exactly a file must match.
     *
     * @param partial whether tensors may be missing from the file, and the file may hold others; shapes must match anyway
     * @param widening whether a stored type may be a narrower one whose values the tensor holds exactly
     */
    public record Loading(boolean partial, boolean widening) {
        /** The model's names, shapes and types, all of them and no others. */
        public static Loading strict() {
            return new Loading(false, false);
        }

        /** Whatever names both have; the rest is told and left alone. */
        public Loading partially() {
            return new Loading(true, widening);
        }

        /** Narrower types too, as half precision into {@code FLOAT}. */
        public Loading wideningTypes() {
            return new Loading(partial, true);
        }
    }

    /**
     * What did not match by name.
     *
     * @param missing from the file: left as they were
     * @param unexpected in the file: not read
     */
    public record Unmatched(List<String> missing, List<String> unexpected) {
        /** Copies the names. */
        public Unmatched {
            missing = List.copyOf(missing);
            unexpected = List.copyOf(unexpected);
        }
    }

    /**
     * Parameters and buffers of a model by path, to be written, or loaded into. They stay the model's own. One that stands
     * under several paths, as tied weights do, is there once, under the first: so writes PyTorch's {@code save_model}.
     *
     * @throws IllegalArgumentException if a parameter and a buffer share a path
     */
    public static Map<String, Tensor> of(Module model) {
        Map<String, Tensor> once = new LinkedHashMap<>();
        pathsOf(model).forEach((tensor, paths) -> once.put(paths.get(0), tensor));
        return once;
    }

    /** All paths of each tensor, in order. */
    private static Map<Tensor, List<String>> pathsOf(Module model) {
        Map<Tensor, List<String>> paths = new LinkedHashMap<>();
        byPath(model)
                .forEach((path, tensor) ->
                        paths.computeIfAbsent(tensor, t -> new ArrayList<>()).add(path));
        return paths;
    }

    private static Map<String, Tensor> byPath(Module model) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        model.parameters().forEach((path, parameter) -> tensors.put(path, parameter.value()));
        model.buffers().forEach((path, buffer) -> {
            if (tensors.put(path, buffer) != null) {
                throw new IllegalArgumentException("a parameter and a buffer are both named \"" + path + "\"");
            }
        });
        return tensors;
    }

    /**
     * Loads a whole file into a model that has exactly its tensors.
     *
     * @param model modified
     * @throws TensorFileException if anything does not match; then nothing was modified
     */
    public static void load(TensorFile file, Module model) throws IOException {
        load(file, model, Loading.strict());
    }

    /**
     * Loads tensors by name into a model. A tensor of several paths takes any of them; if the file has more than one, they
     * have to be equal.
     *
     * @param model modified
     * @return what did not match by name; nothing if loading is not partial
     * @throws TensorFileException if the tensors do not match, or have no name in common; then nothing was modified
     */
    public static Unmatched load(TensorFile file, Module model, Loading loading) throws IOException {
        Map<String, Tensor> into = new LinkedHashMap<>();
        for (Map.Entry<Tensor, List<String>> each : pathsOf(model).entrySet()) {
            List<String> stored =
                    each.getValue().stream().filter(file.tensors()::containsKey).toList();
            if (stored.isEmpty()) {
                into.put(each.getValue().get(0), each.getKey());
            }
            stored.forEach(path -> into.put(path, each.getKey()));
        }
        Unmatched unmatched = check(file, specs(into), loading);
        TiedWeights.check(file, into);
        read(file, into);
        return unmatched;
    }

    private static Map<String, TensorSpec> specs(Map<String, Tensor> tensors) {
        Map<String, TensorSpec> specs = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> specs.put(name, tensor.spec()));
        return specs;
    }

    private static void read(TensorFile file, Map<String, Tensor> into) throws IOException {
        for (Map.Entry<String, Tensor> each : into.entrySet()) {
            if (file.tensors().containsKey(each.getKey())) {
                file.read(each.getKey(), each.getValue());
            }
        }
    }

    /**
     * Loads tensors by name.
     *
     * @param into modified
     * @return what did not match by name; nothing if loading is not partial
     * @throws TensorFileException if the tensors do not match, or have no name in common; then nothing was modified
     */
    public static Unmatched load(TensorFile file, Map<String, Tensor> into, Loading loading) throws IOException {
        Unmatched unmatched = check(file, specs(into), loading);
        TiedWeights.check(file, into);
        read(file, into);
        return unmatched;
    }

    static Unmatched check(TensorFile file, Map<String, TensorSpec> wanted, Loading loading)
            throws TensorFileException {
        List<String> wrong = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        wanted.forEach((name, spec) -> {
            StoredTensor stored = file.tensors().get(name);
            if (stored == null) {
                missing.add(name);
            } else if (!stored.fits(spec, loading.widening)) {
                wrong.add("tensor " + stored + " does not fit " + spec);
            }
        });
        List<String> unexpected = file.tensors().keySet().stream()
                .filter(name -> !wanted.containsKey(name))
                .toList();
        if (!loading.partial) {
            missing.forEach(
                    name -> wrong.add("tensor \"" + Printable.name(name) + "\" " + wanted.get(name) + " is missing"));
            unexpected.forEach(name -> wrong.add("tensor " + file.tensors().get(name) + " is not expected"));
        } else if (missing.size() == wanted.size() && !wanted.isEmpty()) {
            wrong.add("has none of the " + missing.size() + " tensors, as \"" + missing.get(0) + "\"");
        }
        if (!wrong.isEmpty()) {
            String more = wrong.size() > MOST_SHOWN ? "; and " + (wrong.size() - MOST_SHOWN) + " more" : "";
            throw new TensorFileException(
                    file.path(), String.join("; ", wrong.subList(0, Math.min(MOST_SHOWN, wrong.size()))) + more);
        }
        return new Unmatched(missing, unexpected);
    }
}
