"""gensim_words.py CORPUS THREADS: in-vocabulary words a second of one epoch of gensim's skip-gram.

The corpus has words and line ends; hyper-parameters are those of bench_train.c. Exit status 77 if
there is no gensim.
"""
import sys
import time

try:
    from gensim.models import Word2Vec
except ImportError:
    sys.exit(77)

corpus, threads = sys.argv[1], int(sys.argv[2])
model = Word2Vec(vector_size=100, window=5, sg=1, hs=0, negative=5, sample=1e-3, min_count=5,
                 alpha=0.025, epochs=1, seed=1, workers=threads)
model.build_vocab(corpus_file=corpus)
words = sum(model.wv.get_vecattr(word, "count") for word in model.wv.key_to_index)
began = time.perf_counter()
model.train(corpus_file=corpus, total_words=model.corpus_total_words,
            total_examples=model.corpus_count, epochs=1)
print(f"words/s: {words / (time.perf_counter() - began):.0f}")
