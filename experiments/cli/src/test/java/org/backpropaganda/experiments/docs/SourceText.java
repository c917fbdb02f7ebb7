package org.backpropaganda.experiments.docs;

import java.net.URI;
import javax.tools.SimpleJavaFileObject;

/** A source file that lies nowhere. */
final class SourceText extends SimpleJavaFileObject {
    private final String text;

    SourceText(String className, String text) {
        super(URI.create("string:///snippets/" + className + ".java"), Kind.SOURCE);
        this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return text;
    }

    @Override
    public boolean isNameCompatible(String simpleName, Kind kind) {
        return kind == Kind.SOURCE;
    }
}
